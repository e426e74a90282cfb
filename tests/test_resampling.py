import numpy as np
import pytest

from retrieval.evaluation.resampling import answered_at, auroc, mean, permutation_p


def test_the_interval_of_a_mean_is_that_of_means_of_questions_drawn_again() -> None:
    assert mean([1, 1, 1]) == (1.0, [1.0, 1.0])
    # Of two drawn from {0, 1} a quarter are both 0, and a quarter both 1.
    assert mean([0, 1]) == (0.5, [0.0, 1.0])
    # Of a hundred, the number of ones is binomial: 0.5 ± 1.96 · 0.05.
    share, interval = mean([True, False] * 50)
    assert share == 0.5
    assert interval == pytest.approx([0.402, 0.598], abs=0.02)


def test_the_same_values_have_the_same_interval_every_time() -> None:
    values = np.random.default_rng(1).random(40)
    first = mean(values)
    mean(values[:7])
    assert mean(values) == first


def test_auroc_counts_the_pairs_in_order_and_half_of_the_ties() -> None:
    assert auroc([0.9, 0.5], [0.1, 0.5])[0] == 0.875  # three of four, and a tie
    assert auroc([0.9, 0.8], [0.1]) == (1.0, [1.0, 1.0])


def test_auroc_draws_present_and_absent_questions_apart() -> None:
    # A quarter of the draws has 0.9 twice, a quarter 0.4 twice, whatever is drawn of one absent.
    assert auroc([0.9, 0.4], [0.5]) == (0.5, [0.0, 1.0])


def test_the_share_answered_is_at_the_threshold_that_lets_nine_of_ten_through() -> None:
    present = [number / 10 for number in range(1, 11)]
    share, (low, high) = answered_at(90, present, [0.15, 0.2, 0.3, 0.05])  # at 0.2
    assert share == 0.5
    assert low < share < high
    assert answered_at(90, [0.5, 0.5], [0.5, 0.4])[0] == 0.5  # a tie is answered


def test_the_permutation_test_comes_near_the_p_value_counted_by_hand() -> None:
    # All of three signs alike: 2 of 8 ways.
    assert permutation_p(np.array([0.1, 0.1, 0.1])) == pytest.approx(2 / 8, abs=0.02)
    # At least four of five alike: 2 · (1 + 5) of 32 ways; differences of 0 tell nothing.
    assert permutation_p(np.array([1.0, 0, 1, 1, 1, -1])) == pytest.approx(12 / 32, abs=0.02)


def test_the_p_value_of_no_difference_is_1_and_none_is_0() -> None:
    assert permutation_p(np.zeros(5)) == 1.0
    assert permutation_p(np.ones(100)) == 1 / 10_001
