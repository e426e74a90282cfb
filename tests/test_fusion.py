"""Two rankings become one, and copies of a text become one group."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.articles import Corpus
from retrieval.fusion import Candidate, fuse, groups, shingles
from retrieval.passages import split

SEEDS = Path(__file__).parent.parent / "seeds"
AT_LENGTH = settings(deadline=None, max_examples=150)
EVEN = {"lexical": 1.0, "dense": 1.0}
SOME_WORDS = st.sampled_from(["أب", "جد", "هو", "زح", "طي", "كل", "من", "سع"])
SCORES = st.floats(-1, 1, allow_nan=False)

REPORT = (
    "وقتل عشرات المدنيين في الأيام الأخيرة جراء الهجوم، فيما يستمر نزوح الآلاف من المنطقة "
    "مستخدمين كافة السبل المتاحة، وفق ما أفاد شهود ومصادر."
)
SAME_EVENT = (
    "أفادت مصادر محلية بأن الهجوم أوقع عشرات القتلى من السكان، وأن آلافا منهم فروا من المدينة "
    "برا وبحرا خلال الأسبوع الماضي."
)


# --- Fusion -------------------------------------------------------------------------------------


def test_the_best_sum_of_both_scores_comes_first() -> None:
    ranked = fuse({1: 0.9, 2: 0.2}, {1: 0.1, 2: 0.3, 3: 0.95}, EVEN)
    assert [candidate.row for candidate in ranked] == [1, 3, 2]
    assert ranked[0] == Candidate(row=1, lexical=0.9, dense=0.1, score=1.0)


def test_a_row_without_a_shared_term_has_no_lexical_score() -> None:
    (candidate,) = fuse({}, {4: 0.5}, EVEN)
    assert candidate == Candidate(row=4, lexical=0.0, dense=0.5, score=0.5)


def test_weights_decide_which_ranker_counts() -> None:
    lexical, dense = {1: 0.9, 2: 0.1}, {1: 0.1, 2: 0.9}
    for weights, rows in [
        ({"lexical": 1.0, "dense": 0.0}, [1, 2]),
        ({"lexical": 0.0, "dense": 1.0}, [2, 1]),
        ({"lexical": 3.0, "dense": 1.0}, [1, 2]),
        ({"lexical": 1.0, "dense": 3.0}, [2, 1]),
    ]:
        assert [candidate.row for candidate in fuse(lexical, dense, weights)] == rows


def test_a_weighted_score_is_the_weighted_sum() -> None:
    (candidate,) = fuse({7: 0.25}, {7: 0.5}, {"lexical": 4.0, "dense": 2.0})
    assert (candidate.lexical, candidate.dense, candidate.score) == (0.25, 0.5, 2.0)


@pytest.mark.parametrize("order", [[3, 1, 2], [2, 3, 1], [1, 2, 3]])
def test_ties_keep_the_order_of_the_archive(order: list[int]) -> None:
    ranked = fuse(dict.fromkeys(order, 0.5), dict.fromkeys(order, 0.25), EVEN)
    assert [candidate.row for candidate in ranked] == [1, 2, 3]


def test_nothing_found_is_nothing_fused() -> None:
    assert fuse({}, {}, EVEN) == []


@given(st.dictionaries(st.integers(0, 50), SCORES), st.dictionaries(st.integers(0, 50), SCORES))
@AT_LENGTH
def test_every_candidate_is_there_once_and_scores_never_rise(
    lexical: dict[int, float], dense: dict[int, float]
) -> None:
    ranked = fuse(lexical, dense, {"lexical": 4.0, "dense": 2.0})
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
        {row: s[0] for row, s in scores.items()}, {row: s[1] for row, s in scores.items()}, EVEN
    )
    assert fuse(lexical, dense, EVEN) == expected


# --- Copies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(REPORT, id="to the letter"),
        pytest.param(REPORT.replace("الأ", "الا").replace("ة", "ه"), id="in another spelling"),
        pytest.param(f"\n«{REPORT.replace('،', ' ،')}»", id="with other punctuation"),
        pytest.param(REPORT.replace("عشرات", "عشراتُ").replace("من", "مـن"), id="with marks"),
        pytest.param(f"لندن - وكالات: {REPORT} للمزيد تابعوا موقعنا.", id="with a dateline"),
        pytest.param(REPORT.split("،", maxsplit=1)[0], id="cut short"),
        pytest.param(REPORT.replace("شهود ومصادر", "مصدر أمني لوكالة الأنباء"), id="edited"),
    ],
)
def test_copies_of_a_report_are_one_group(copy: str) -> None:
    assert groups([REPORT, copy]) == [[0, 1]]
    assert groups([copy, REPORT]) == [[0, 1]]


def test_reports_of_one_event_in_other_words_stay_apart() -> None:
    assert groups([REPORT, SAME_EVENT]) == [[0], [1]]


def test_each_copy_joins_its_own_report_and_groups_are_in_the_order_of_their_best() -> None:
    texts = [SAME_EVENT, REPORT, f"{REPORT} انتهى", f"{SAME_EVENT} انتهى", "خبر آخر تماما"]
    assert groups(texts) == [[0, 3], [1, 2], [4]]


def test_two_prints_of_one_communique_are_one_group() -> None:
    one, other = (
        next(
            passage.text
            for article in Corpus([SEEDS / f"{article_id}.txt"])
            for passage in split(article)
            if phrase in passage.text
        )
        for article_id, phrase in [
            ("000_93b21bcfa360256c", "وشدد التحالف على مواصلة توخي اليقظة"),
            ("001_c5b8073897b9a493", "على التحالف أن يستمر في توخي اليقظة"),
        ]
    )
    assert groups([one, other]) == [[0, 1]]


def test_passages_on_different_meetings_stay_apart() -> None:
    paths = [SEEDS / f"{name}.txt" for name in ("002_bf51089687a09448", "003_dbecf9ef6e395945")]
    texts = [passage.text for article in Corpus(paths) for passage in split(article)]
    assert len(texts) > 10
    assert groups(texts) == [[number] for number in range(len(texts))]


def test_short_texts_are_the_same_only_if_they_say_the_same() -> None:
    assert groups(["نعم", "لا", "نعم.", "لا لا", "نعم لا"]) == [[0, 2], [1], [3], [4]]


def test_no_text_is_no_group() -> None:
    assert groups([]) == []


def test_texts_without_a_word_are_a_group_of_their_own() -> None:
    assert groups(["…", REPORT, ""]) == [[0, 2], [1]]


@given(st.lists(st.lists(SOME_WORDS, max_size=9), max_size=8))
@AT_LENGTH
def test_every_text_is_in_one_group_led_by_its_best(texts: list[list[str]]) -> None:
    found = groups([" ".join(words) for words in texts])
    assert sorted(index for group in found for index in group) == list(range(len(texts)))
    assert all(group == sorted(group) for group in found)
    assert [group[0] for group in found] == sorted(group[0] for group in found)


@given(st.lists(st.text("ابتثجحخد ", max_size=40), max_size=6))
@AT_LENGTH
def test_a_text_is_in_the_group_of_its_own_copy(texts: list[str]) -> None:
    found = groups([*texts, *texts])
    for group in found:
        assert [index for index in group if index >= len(texts)] == [
            index + len(texts) for index in group if index < len(texts)
        ]


def test_shingles_are_runs_of_three_stems() -> None:
    assert shingles("وأكد وزير الخارجية العراقية") == {
        ("اكد", "زير", "خارج"),
        ("زير", "خارج", "عراق"),
    }
    assert shingles("نعم") == {("نعم",)}
