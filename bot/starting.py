"""What a process of the bot begins with: its log, and an archive that is indexed and whole."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from bot.logs import set_up_logging
from config.settings import ConfigurationError, Settings
from retrieval.errors import EncoderMismatchError, GenerationError, IsnadError, KilledError

# What else is needed is imported where it is: meanwhile the other processes import theirs.
if TYPE_CHECKING:
    from bot.archive import Archive

_Result = TypeVar("_Result")

logger = logging.getLogger(__name__)


def log_as_set(settings: Settings) -> None:
    """Log as the settings say, and none of their secrets."""
    secrets = [settings.telegram.token, settings.webhook.secret]
    if settings.webhook.url is not None and settings.telegram.token is not None:
        from bot.webhook import webhook_secret

        secrets.append(webhook_secret(settings.webhook, settings.telegram.token))
    set_up_logging(
        *(secret.get_secret_value() for secret in secrets if secret is not None),
        *settings.headers_for_chroma().values(),
        style=settings.log_format,
        questions=settings.log_questions,
    )


def open_archive(settings: Settings, *, index: bool) -> "Archive":
    """Open the archive in processes that answer, after indexing it if it changed and if told so.

    Raises:
        IsnadError: If there is nothing that can be opened.
    """
    from bot.archive import Archive
    from bot.engine import ProcessEngine
    from retrieval.articles.withdrawals import read_withdrawn
    from retrieval.chroma_server import ChromaServer
    from retrieval.opening import open_afresh
    from retrieval.publishing import current

    server = ChromaServer.of(settings)

    def opened() -> ProcessEngine:
        # By name: another one may be published between two processes that open it.
        name = current(settings.data)
        opening = partial(
            open_afresh, settings.data, [settings.corpus], settings.encoder, name, server
        )
        return ProcessEngine(opening, settings.workers)

    def newer(generation: str) -> ProcessEngine | None:
        if current(settings.data) == generation:
            return None
        # In the place of none: of one that was killed, perhaps by what damage does.
        return opened() if generation else _whole(settings, opened)

    engine = ready(settings, opened) if index else _whole(settings, opened)
    return Archive(engine, newer, lambda: read_withdrawn([settings.corpus]))


@contextmanager
def refusals_told(settings: Settings) -> Iterator[None]:
    """Say by the name of its setting what Telegram refuses for good.

    Raises:
        ConfigurationError: In the place of the library's own errors.
    """
    from telegram.error import InvalidToken, TelegramError

    try:
        yield
    except InvalidToken:
        # The library's own message quotes the token.
        raise ConfigurationError(
            f"ISNAD_TELEGRAM__TOKEN: {settings.telegram.api_url} does not accept it; "
            "ask BotFather for the bot's current token"
        ) from None
    except TelegramError as error:
        raise ConfigurationError(
            f"ISNAD_TELEGRAM__API_URL: {settings.telegram.api_url} cannot be used ({error.message})"
        ) from None


def ready(settings: Settings, opened: Callable[[], _Result]) -> _Result:
    """Index the corpus if it changed, and open the archive.

    If that is damaged, it is built anew; if it cannot be, the generation before is served.
    """
    from retrieval.chroma_server import ChromaServer
    from retrieval.encoder import load_encoder
    from retrieval.publishing import is_current

    encoder = load_encoder(settings.encoder)
    if is_current(settings.data, [settings.corpus], encoder, ChromaServer.of(settings)):
        try:
            return opened()
        except KilledError:
            raise
        except GenerationError as error:
            logger.error("the archive is damaged and is built anew: %s", error)  # noqa: TRY400
    _index(settings)
    return _whole(settings, opened)


def _whole(settings: Settings, opened: Callable[[], _Result]) -> _Result:
    """Open the archive; the generation before, if it is damaged."""
    from retrieval.publishing import fall_back

    try:
        return opened()
    except (EncoderMismatchError, KilledError):
        raise
    except GenerationError as error:
        manifest = fall_back(settings.data)
        logger.error("answering from %s, of before: %s", manifest.generation, error)  # noqa: TRY400
        return opened()


def _index(settings: Settings) -> None:
    from retrieval.chroma_server import ChromaServer
    from retrieval.publishing import current, publish_new

    logger.info("indexing %s", settings.corpus)
    try:
        manifest = publish_new(
            settings.data,
            [settings.corpus],
            settings.encoder,
            lambda *_: None,
            server=ChromaServer.of(settings),
            keep=settings.keep_generations,
            cached=settings.embedding_cache_mb << 20,
        )
    except IsnadError as error:
        if current(settings.data) is None:
            raise
        # An archive that cannot be indexed today is no reason not to answer from yesterday's.
        logger.warning("not indexed, answering from the archive before: %s", error)
        return
    logger.info("indexed %d articles, skipped %d", manifest.articles, len(manifest.skipped))
    for line in manifest.findings():
        logger.warning("%s", line)
