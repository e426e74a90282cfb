"""Passages that say the same find each other, however many there are, and copies are told apart."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.articles import Corpus
from retrieval.copies import (
    COMMON,
    COPY,
    FEWEST,
    CopyFinder,
    Near,
    containment,
    packed,
    relation,
    same,
    shingles,
)
from retrieval.documents import Article, Relation
from retrieval.passages import split

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
AT_LENGTH = settings(deadline=None, max_examples=150)
WORDINGS = st.frozensets(st.integers(0, 40), max_size=30)

REPORT = (
    "وقتل عشرات المدنيين في الأيام الأخيرة جراء الهجوم، فيما يستمر نزوح الآلاف من المنطقة "
    "مستخدمين كافة السبل المتاحة، وفق ما أفاد شهود ومصادر."
)
SAME_EVENT = (
    "أفادت مصادر محلية بأن الهجوم أوقع عشرات القتلى من السكان، وأن آلافا منهم فروا من المدينة "
    "برا وبحرا خلال الأسبوع الماضي."
)
FOOTER = "يمكنكم تسلم إشعارات بأهم الموضوعات بعد تحميل أحدث نسخة من تطبيقنا على هاتفكم المحمول."
LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهو"


def found(texts: list[str]) -> tuple[CopyFinder, list[Near]]:
    finder = CopyFinder()
    for text in texts:
        finder.add(packed(shingles(text)))
    return finder, list(finder.near())


def made_up(chance: Random, words: int = 60) -> list[str]:
    return ["".join(chance.choices(LETTERS, k=6)) for _ in range(words)]


def texts_found_same(texts: list[str]) -> set[frozenset[str]]:
    """Every pair of texts that `CopyFinder` found to say the same."""
    finder, near = found(texts)
    twins = {frozenset((texts[row], texts[first])) for row, first in enumerate(finder.twins)}
    return twins | {frozenset((texts[pair.row], texts[pair.other])) for pair in near}


# --- Wordings -----------------------------------------------------------------------------------


def test_a_wording_is_the_runs_of_three_stems() -> None:
    one, other = shingles("وأكد وزير الخارجية"), shingles("وزير الخارجية العراقية")
    assert len(one) == len(other) == 1
    assert shingles("وأكد وزير الخارجية العراقية") == one | other


def test_the_order_of_stems_and_their_number_make_another_wording() -> None:
    texts = ["نعم", "لا", "لا لا", "لا لا لا", "نعم لا", "لا نعم", "نعم لا لا", "لا لا نعم"]
    texts += ["لا نعم لا"]
    assert len({shingles(text) for text in texts}) == len(texts)


def test_spelling_marks_and_punctuation_do_not_make_another_wording() -> None:
    assert shingles(REPORT.replace("أ", "ا").replace("،", " - ")) == shingles(f"«{REPORT}»\n")


@pytest.mark.parametrize("text", ["", " \n", "…", "*** !"])
def test_a_text_without_a_word_has_no_wording(text: str) -> None:
    assert shingles(text) == frozenset()
    assert containment(shingles(text), shingles(REPORT)) == 0.0
    assert containment(shingles(text), shingles(text)) == 0.0
    assert not same(shingles(text), shingles(text))


@given(WORDINGS, WORDINGS)
@AT_LENGTH
def test_containment_is_symmetric_and_of_the_smaller(a: frozenset[int], b: frozenset[int]) -> None:
    assert containment(a, b) == containment(b, a)
    assert same(a, b) == same(b, a)
    assert (containment(a, b) == 1.0) == (bool(a) and bool(b) and (a <= b or b <= a))
    assert (containment(a, b) == 0.0) == a.isdisjoint(b)


def test_half_of_the_smaller_is_enough_and_less_is_not() -> None:
    small = frozenset(range(20))
    assert same(small, frozenset(range(10, 100)))
    assert not same(small, frozenset(range(11, 100)))


def test_few_shared_shingles_are_not_enough() -> None:
    few = frozenset(range(FEWEST - 1))
    assert not same(few, frozenset(range(50)))
    assert same(few, few)
    assert same(frozenset(range(FEWEST)), frozenset(range(50)))


def test_a_formula_inside_a_longer_passage_is_not_the_same() -> None:
    short = "ويسعى زملاء راموس للتتويج بلقب دوري أبطال أوروبا للمرة الثالثة على التوالي."
    longer = "بلغ ريال مدريد نهائي دوري أبطال أوروبا للمرة الثالثة على التوالي بعد تعادله أمس."
    assert containment(shingles(short), shingles(longer)) >= 0.5
    assert not same(shingles(short), shingles(longer))


# --- Articles -----------------------------------------------------------------------------------


def test_two_reports_of_one_communique_are_independent_though_they_share_a_passage() -> None:
    one, other = Corpus([SEEDS / "000_93b21bcfa360256c.txt", SEEDS / "001_c5b8073897b9a493.txt"])
    passages = [*split(one), *split(other)]
    on_civilians = [
        next(row for row, p in enumerate(passages) if p.article_id == id_ and phrase in p.text)
        for id_, phrase in [(one.id, "بحماية المدنيين"), (other.id, "حماية المدنيين")]
    ]
    _, near = found([passage.text for passage in passages])
    assert on_civilians in [[pair.row, pair.other] for pair in near]
    assert relation(one, other) == relation(other, one) == Relation.INDEPENDENT


def test_a_report_printed_with_another_title_and_one_paragraph_more_is_a_copy() -> None:
    (one,) = Corpus([SEEDS / "004_54d29c8a5962ac88.txt"])
    other = Article(id="x", title="عنوان آخر", body=f"{one.body}\n\n{SAME_EVENT}")
    assert relation(one, other) == relation(other, one) == Relation.COPY


def test_an_article_is_a_copy_when_most_of_the_shorter_one_stands_in_the_longer() -> None:
    chance = Random(3)
    words, more = made_up(chance, 100), made_up(chance, 200)
    one = Article(id="1", title="", body=" ".join(words))
    for shared, expected in [(60, Relation.COPY), (40, Relation.INDEPENDENT)]:
        other = Article(id="2", title="", body=" ".join(words[:shared] + more))
        part = containment(shingles(one.body), shingles(other.body))
        assert abs(part - shared / 100) < 0.03
        assert (part >= COPY) == (expected == Relation.COPY)
        assert relation(one, other) == expected


def test_the_same_title_does_not_make_a_copy() -> None:
    one, other = (
        Article(id=text[:3], title=REPORT, body=text, abstract=REPORT)
        for text in (REPORT, SAME_EVENT)
    )
    assert relation(one, other) == Relation.INDEPENDENT


def test_articles_without_a_word_are_independent() -> None:
    assert relation(Article("1", "", ""), Article("2", "", "")) == Relation.INDEPENDENT


# --- Passages -----------------------------------------------------------------------------------


def test_equal_passages_are_twins_of_the_first_and_make_no_pair() -> None:
    finder, near = found([SAME_EVENT, REPORT, f"«{REPORT}»", SAME_EVENT, REPORT])
    assert finder.twins == [0, 1, 1, 0, 1]
    assert near == []


def test_an_edited_passage_is_near_with_its_containment() -> None:
    edited = REPORT.replace("شهود ومصادر", "مصدر أمني لوكالة الأنباء")
    finder, near = found([SAME_EVENT, edited, REPORT])
    assert finder.twins == [0, 1, 2]
    assert near == [Near(1, 2, containment(shingles(edited), shingles(REPORT)))]
    assert 0.5 < near[0].containment < 1


def test_reports_of_one_event_in_other_words_stay_apart() -> None:
    assert found([REPORT, SAME_EVENT])[1] == []


def test_pairs_name_first_rows_in_order() -> None:
    edited = f"{REPORT} انتهى"
    texts = [edited, REPORT, edited, REPORT, f"{SAME_EVENT} انتهى", SAME_EVENT]
    finder, near = found(texts)
    assert [pair[:2] for pair in near] == [(0, 1), (4, 5)]
    assert near == sorted(near)
    assert {row for pair in near for row in pair[:2]} <= set(finder.twins)


def test_copies_whose_passages_begin_at_other_sentences_are_found() -> None:
    """A sentence more at the top moves every boundary: half is shared, a third of the union."""
    chance = Random(5)
    texts = []
    for _ in range(300):
        shared = made_up(chance, 32)
        texts.append(" ".join(made_up(chance, 28) + shared))
        texts.append(" ".join(shared + made_up(chance, 28)))
    jaccards = [
        len(shingles(a) & shingles(b)) / len(shingles(a) | shingles(b))
        for a, b in zip(texts[::2], texts[1::2], strict=True)
    ]
    assert max(jaccards) < 0.36
    _, near = found(texts)
    assert len({pair[:2] for pair in near}) >= 297
    assert all(pair.row % 2 == 0 and pair.other == pair.row + 1 for pair in near)


def test_passages_that_share_less_than_half_are_met_and_left_apart() -> None:
    chance = Random(6)
    texts = []
    for _ in range(50):
        shared = made_up(chance, 25)
        texts += [" ".join(shared + made_up(chance, 35)) for _ in range(2)]
    finder, near = found(texts)
    assert finder.candidates > 40
    assert near == []


def test_short_passages_are_the_same_only_if_they_are_equal() -> None:
    texts = ["فرانس برس", "وكالة فرانس برس", "عن فرانس برس", "«فرانس برس»", "وفي ما يلي النتائج"]
    finder, near = found([*texts, "وفي ما يلي النتائج الكاملة", REPORT])
    assert finder.twins == [0, 1, 2, 0, 4, 5, 6]
    assert near == []


@pytest.mark.parametrize("texts", [[], [""], ["", "…", ""], ["نعم", "", "نعم"], [REPORT]])
def test_an_archive_of_next_to_nothing_has_no_pair(texts: list[str]) -> None:
    finder, near = found(texts)
    assert near == []
    assert finder.twins == [
        texts.index(text) if text == "نعم" else row for row, text in enumerate(texts)
    ]


def test_a_line_printed_three_thousand_times_is_one_text() -> None:
    finder, near = found([FOOTER, REPORT] * 3000)
    assert finder.twins == [0, 1] * 3000
    assert (near, finder.candidates) == ([], 0)


def test_a_shingle_counts_in_so_many_texts_and_in_one_more_it_is_common() -> None:
    chance = Random(7)
    texts = [f"{FOOTER} {' '.join(made_up(chance, 2))}" for _ in range(COMMON + 1)]
    finder, near = found(texts[:COMMON])
    assert len(near) == COMMON * (COMMON - 1) / 2
    assert finder.common == 0
    finder, near = found(texts)
    assert near == []
    assert finder.common == len(shingles(FOOTER))


def test_boilerplate_with_a_name_in_it_stays_linear() -> None:
    """3,000 texts, each with the words of all others: most of 4,498,500 pairs are never met."""
    chance = Random(7)
    finder, near = found([f"{FOOTER} {' '.join(made_up(chance, 9))}" for _ in range(3000)])
    assert near == []
    assert finder.candidates < 30


def test_stories_told_a_hundred_times_are_met_once_a_pair() -> None:
    chance = Random(8)
    texts = []
    for _ in range(5):
        story = " ".join(made_up(chance, 40))
        texts += [f"{story} {' '.join(made_up(chance, 20))}" for _ in range(COMMON)]
    finder, near = found(texts)
    assert finder.candidates == len(near) == 5 * COMMON * (COMMON - 1) / 2


def test_a_footer_does_not_make_two_stories_the_same() -> None:
    chance = Random(9)
    stories = [" ".join(made_up(chance, 12)) for _ in range(2 * COMMON)]
    one, other = (shingles(f"{story} {FOOTER}") for story in stories[:2])
    assert same(one, shingles(FOOTER))
    assert same(other, shingles(FOOTER))
    texts = [f"{story} {FOOTER}" for story in stories]
    _, near = found([*texts, f"{stories[0]} عاجل {FOOTER}", stories[1]])
    assert [pair[:2] for pair in near] == [(0, 2 * COMMON), (1, 2 * COMMON + 1)]


def test_what_differs_in_common_words_only_is_wholly_contained() -> None:
    chance = Random(10)
    texts = [f"{' '.join(made_up(chance, 12))} {FOOTER}" for _ in range(COMMON)]
    _, near = found([*texts, f"{REPORT} {FOOTER}", REPORT])
    assert [pair[:2] for pair in near] == [(COMMON, COMMON + 1)]
    assert near[0].containment == 1.0


def test_the_order_of_the_archive_makes_no_difference() -> None:
    chance = Random(11)
    seeds = [passage.text for article in Corpus([SEEDS]) for passage in split(article)]
    crowd = [f"{FOOTER} {' '.join(made_up(chance, 2))}" for _ in range(90)]
    texts = [*seeds, *crowd, REPORT, f"{REPORT} انتهى", SAME_EVENT, SAME_EVENT]
    expected = texts_found_same(texts)
    assert len([pair for pair in expected if len(pair) > 1]) > 100
    for _ in range(3):
        chance.shuffle(texts)
        assert texts_found_same(texts) == expected


def test_every_process_finds_the_same() -> None:
    script = (
        "from retrieval.copies import CopyFinder, packed, shingles\n"
        f"finder = CopyFinder()\n"
        f"for text in {[REPORT, f'{REPORT} انتهى', SAME_EVENT]!r}:\n"
        "    finder.add(packed(shingles(text)))\n"
        f"print(sorted(shingles({REPORT!r}))[:3], list(finder.near()))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            cwd=ROOT,
            check=True,
            capture_output=True,
            encoding="utf-8",
        ).stdout
        for seed in ("1", "2")
    }
    _, near = found([REPORT, f"{REPORT} انتهى", SAME_EVENT])
    assert outputs == {f"{sorted(shingles(REPORT))[:3]} {near}\n"}
    assert len(near) == 1


def test_comparing_two_texts_imports_no_library() -> None:
    script = (
        "import sys\n"
        "from retrieval.copies import relation, shingles\n"
        f"shingles({REPORT!r})\n"
        "print([name for name in ('datasketch', 'numpy', 'scipy') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stdout == "[]\n"


@given(
    st.lists(st.integers(0, 11), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 70), st.integers(0, 70)), max_size=6),
)
@settings(deadline=None, max_examples=40)
def test_what_is_found_is_always_the_same_indeed(
    seeds: list[int], cuts: list[tuple[int, int, int]]
) -> None:
    whole = [made_up(Random(seed)) for seed in seeds]
    texts = [" ".join(words) for words in whole]
    texts += [" ".join(whole[n % len(whole)][min(a, b) : max(a, b)]) for n, a, b in cuts]
    finder, near = found(texts)
    wordings = [shingles(text) for text in texts]
    for row, first in enumerate(finder.twins):
        assert wordings[row] == wordings[first]
        assert first == row or (first < row and wordings[row])
    for pair in near:
        assert pair.row < pair.other
        assert same(wordings[pair.row], wordings[pair.other])
        assert pair.containment == containment(wordings[pair.row], wordings[pair.other])
        assert wordings[pair.row] != wordings[pair.other]
