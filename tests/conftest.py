"""One real archive of the seed articles, built once, for every test that only reads."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fakes import BotApi, User

from bot.texts import ARABIC, ENGLISH, Texts
from retrieval.calibration import Calibration
from retrieval.encoder import BUNDLED, Encoder, load_encoder
from retrieval.opening import open_current
from retrieval.publishing import publish_new
from retrieval.retriever import Retriever

os.environ["PTB_TIMEDELTA"] = "true"  # as bot/__main__.py sets it
for _name in [name for name in os.environ if name.startswith("ISNAD_")]:
    del os.environ[_name]  # a developer's own settings are not the tests'

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"


def silent(_stage: str, _done: int, _total: int | None) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return load_encoder(BUNDLED)


@pytest.fixture(scope="session")
def seeds_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder with a published generation of the seeds."""
    data = tmp_path_factory.mktemp("var")
    publish_new(data, [SEEDS], BUNDLED, silent)
    return data


@pytest.fixture(scope="session")
def retriever(seeds_data: Path, encoder: Encoder) -> Iterator[Retriever]:
    generation = open_current(seeds_data, encoder)
    yield Retriever(generation, Calibration.for_encoder(encoder, seeds_data))
    generation.close()


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API server that must have had nothing to refuse."""
    async with BotApi() as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def reader(api: BotApi, retriever: Retriever) -> AsyncIterator[User]:
    """A reader of a bot over the seeds."""
    from serving import running

    async with running(api, retriever):
        yield api.user(language_code="ar")


@pytest.fixture(params=["ar", "en"])
def texts(request: pytest.FixtureRequest) -> Texts:
    """What a reader is told, in each language."""
    return ARABIC if request.param == "ar" else ENGLISH


@pytest.fixture
async def reader_of_either(
    api: BotApi, retriever: Retriever, texts: Texts, tmp_path: Path
) -> AsyncIterator[User]:
    """A reader of a bot over the seeds, who has chosen a language."""
    from serving import reader_who_chose, running

    reader = await reader_who_chose(api, tmp_path, texts)
    async with running(api, retriever, tmp_path):
        yield reader
