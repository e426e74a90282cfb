"""What compares this project with others; none of what it compares with is needed here."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import SEEDS

from benchmarks.contestants import BUILD, Answering, ContestantError, Task, run
from benchmarks.peers import PEERS, Peer, Rank, versions
from benchmarks.quality import advice, tables
from retrieval.encoder import BUNDLED

QUESTION = "ماذا قال الوزير؟"


def unused(_texts: Sequence[str], _encoder: str, _folder: Path) -> Rank:
    raise AssertionError


def test_a_package_that_is_not_installed_has_no_version() -> None:
    found = versions([Peer(["numpy", "no-such-package"], unused), Peer(["numpy"], unused)])
    assert list(found) == ["no-such-package", "numpy"]
    assert found["no-such-package"] is None
    assert found["numpy"] is not None


def test_the_advice_names_what_to_install_and_what_to_skip() -> None:
    told = advice(PEERS, ["rank-bm25", "txtai"])
    assert "not installed: rank-bm25, txtai\n" in told
    assert told.endswith("--skip rank-bm25 --skip langchain --skip txtai")


def test_tables_tell_figures_and_how_many_times_the_hybrids_they_are() -> None:
    quality = {"hybrid": ["a", "b", "c", "d"], "other": ["e", "f", "g", "h"]}
    costs = {"hybrid": [10.0, 20.0, 40.0, 200, 8.0, 1000], "other": [5.0, 30.0, 40.0, 1500, 2.0, 1]}
    lines = list(tables(quality, costs))
    assert len({line.count("|") for line in lines[:4]}) == 1
    assert lines[3] == "| other | e | f | g | h | 5.0 | 30.0 | 40.0 | 1,500 | 2.0 | 1 |"
    assert lines[4] == ""
    assert len({line.count("|") for line in lines[5:]}) == 1
    assert lines[7] == "| hybrid | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 |"
    assert lines[8] == "| other | 0.50 | 1.50 | 1.00 | 7.50 | 0.25 | 0.00 |"


def test_the_first_questions_only_warm_up() -> None:
    assert Answering([], [9.0] * 10 + [1.0], 0).settled == [1.0]
    assert Answering([], [9.0] * 10, 0).settled == [9.0] * 10


def test_a_ranker_answers_in_a_process_of_its_own_from_what_another_built(tmp_path: Path) -> None:
    task = Task(str(tmp_path), BUNDLED, [str(SEEDS)], questions=[QUESTION] * 2)
    built, nothing = run(BUILD, task)
    assert built.seconds > 0
    assert built.peak > 0
    assert [*nothing.rows] == [[], []]
    _, answered = run("lexical", task)
    assert len(answered.rows) == len(answered.times) == 2
    assert answered.rows[0] == answered.rows[1] != []
    assert answered.memory > 0


def test_a_process_that_ends_early_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContestantError, match="lexical ended early"):
        run("lexical", Task(str(tmp_path), BUNDLED))
