"""Kills, full disks, damaged files and power cuts, done to the real thing, in short.

The scenarios are those of `benchmarks/crashes.py`, which runs them at length; each raises
`BrokenError` for the first thing that is not as it should be. A seed is printed for every test, so
that what failed at a random moment can be seen again.
"""

import random
import secrets
import shutil
from pathlib import Path

import pytest

from benchmarks.crashes import (
    House,
    damage_files,
    fill_disks,
    kill_bots,
    kill_indexers,
    mend_at_start,
    power_cut_order,
    small_disk,
    swap_often,
    two_indexers,
)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = House(tmp_path_factory.mktemp("house") / "one")
    house.furnish()
    return house.folder


@pytest.fixture
def house(furnished: Path, tmp_path: Path) -> House:
    """A corpus and its published generation, as if this test had built it."""
    shutil.copytree(furnished, tmp_path / "house")
    return House(tmp_path / "house")


@pytest.fixture
def rng() -> random.Random:
    seed = secrets.randbelow(1 << 32)
    print(f"seed: {seed}")  # noqa: T201 - pytest shows it of a test that fails
    return random.Random(seed)


def test_answers_stay_whole_however_a_build_ends_and_the_next_one_succeeds(
    house: House, rng: random.Random
) -> None:
    with small_disk(house) as small:
        kill_indexers(house, 3, rng)
        fill_disks(house, 1, rng, small=small)
        power_cut_order(house)  # which builds and publishes
        house.expect_tidy()
        house.ask()


def test_a_bot_that_is_killed_while_it_swaps_answers_when_it_is_started_again(
    house: House, rng: random.Random
) -> None:
    kill_bots(house, 1, rng)


def test_damage_is_refused_by_the_gate_and_told_by_ask(house: House, rng: random.Random) -> None:
    damage_files(house, 2, rng)


def test_a_bot_that_starts_on_a_damaged_generation_mends_it(house: House) -> None:
    mend_at_start(house)


def test_the_second_of_two_indexers_is_told_of_the_first(house: House) -> None:
    two_indexers(house)


def test_open_files_and_memory_stay_level_over_swaps(house: House) -> None:
    swap_often(house, 10)
