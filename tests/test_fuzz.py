"""Random updates end in no fault and no refused call; `benchmarks/fuzz.py` sends ten thousand."""

import random
import secrets
from pathlib import Path

from fakes import BotApi
from serving import running

from benchmarks.fuzz import fuzz, refused
from retrieval.retriever import Retriever


async def test_no_update_ends_in_a_fault_or_a_refused_call(
    retriever: Retriever, tmp_path: Path
) -> None:
    seed = secrets.randbelow(1 << 32)
    print(f"seed: {seed}")  # noqa: T201 - pytest shows it of a test that fails
    freely = {"user_per_minute": 0, "chat_per_minute": 0}
    async with BotApi() as api, running(api, retriever, tmp_path, access=freely):
        kinds, faults = await fuzz(api, 400, random.Random(seed))
    assert len(kinds) > 5
    assert [record.getMessage() for record in faults.found] == []
    assert refused(api) == []
