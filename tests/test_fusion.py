"""Two rankings become one."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.fusion import Candidate, fuse

AT_LENGTH = settings(deadline=None, max_examples=150)
EVEN = {"lexical": 1.0, "dense": 1.0}
SCORES = st.floats(-1, 1, allow_nan=False)


def test_the_best_sum_of_both_scores_comes_first() -> None:
    ranked = fuse({1: 0.9, 2: 0.2}, {1: 0.1, 2: 0.3, 3: 0.95}, EVEN, 100)
    assert [candidate.row for candidate in ranked] == [1, 3, 2]
    assert ranked[0] == Candidate(row=1, lexical=0.9, dense=0.1, score=1.0)


def test_a_row_without_a_shared_term_has_no_lexical_score() -> None:
    (candidate,) = fuse({}, {4: 0.5}, EVEN, 100)
    assert candidate == Candidate(row=4, lexical=0.0, dense=0.5, score=0.5)


def test_weights_decide_which_ranker_counts() -> None:
    lexical, dense = {1: 0.9, 2: 0.1}, {1: 0.1, 2: 0.9}
    for weights, rows in [
        ({"lexical": 1.0, "dense": 0.0}, [1, 2]),
        ({"lexical": 0.0, "dense": 1.0}, [2, 1]),
        ({"lexical": 3.0, "dense": 1.0}, [1, 2]),
        ({"lexical": 1.0, "dense": 3.0}, [2, 1]),
    ]:
        assert [candidate.row for candidate in fuse(lexical, dense, weights, 100)] == rows


def test_a_weighted_score_is_the_weighted_sum() -> None:
    (candidate,) = fuse({7: 0.25}, {7: 0.5}, {"lexical": 4.0, "dense": 2.0}, 100)
    assert (candidate.lexical, candidate.dense, candidate.score) == (0.25, 0.5, 2.0)


@pytest.mark.parametrize("order", [[3, 1, 2], [2, 3, 1], [1, 2, 3]])
def test_ties_keep_the_order_of_the_archive(order: list[int]) -> None:
    ranked = fuse(dict.fromkeys(order, 0.5), dict.fromkeys(order, 0.25), EVEN, 100)
    assert [candidate.row for candidate in ranked] == [1, 2, 3]


def test_nothing_found_is_nothing_fused() -> None:
    assert fuse({}, {}, EVEN, 100) == []


@given(st.dictionaries(st.integers(0, 50), SCORES), st.dictionaries(st.integers(0, 50), SCORES))
@AT_LENGTH
def test_every_candidate_is_there_once_and_scores_never_rise(
    lexical: dict[int, float], dense: dict[int, float]
) -> None:
    ranked = fuse(lexical, dense, {"lexical": 4.0, "dense": 2.0}, 100)
    assert sorted(candidate.row for candidate in ranked) == sorted(dense)
    keys = [(-candidate.score, candidate.row) for candidate in ranked]
    assert keys == sorted(keys)


@given(st.dictionaries(st.integers(0, 50), st.tuples(SCORES, SCORES), min_size=1), st.randoms())
@AT_LENGTH
def test_the_order_in_which_rankers_report_makes_no_difference(
    scores: dict[int, tuple[float, float]], chance: Random
) -> None:
    rows = list(scores)
    chance.shuffle(rows)
    lexical = {row: scores[row][0] for row in rows}
    dense = {row: scores[row][1] for row in reversed(rows)}
    expected = fuse(
        {row: s[0] for row, s in scores.items()},
        {row: s[1] for row, s in scores.items()},
        EVEN,
        100,
    )
    assert fuse(lexical, dense, EVEN, 100) == expected


def test_no_more_than_asked_for_are_returned_and_those_are_the_best() -> None:
    dense = {row: row / 10 for row in range(10)}
    assert [one.row for one in fuse({}, dense, EVEN, 3)] == [9, 8, 7]
