"""How articles are cut into passages and passages into sentences."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from retrieval.articles import Corpus
from retrieval.documents import Article, Passage
from retrieval.passages import LIMIT, TARGET, sentences, split, whole

SEEDS = Path(__file__).parent.parent / "seeds"

WORDS = st.text("ابتثدعمقلنويه", min_size=1, max_size=9)
SPACES = [" ", "  ", "\n", "\n\n", " \n ", "\t", "\u00a0", "\r\n", "\u2028", ".\n"]
ENDS = [". ", "؟ ", "! ", "… ", "... ", "، ", "؛ ", ": ", ".» ", " د. "]
QUOTES = [" «", "» ", ' "', '" ', " “", "” ", " (", ") "]
BREAKS = st.sampled_from([*SPACES, *ENDS, *QUOTES])
PROSE = st.lists(st.one_of(WORDS, BREAKS), max_size=80).map("".join)
BODIES = st.one_of(PROSE, st.text(max_size=120))
SIZES = st.integers(1, 80)
AT_LENGTH = settings(deadline=None, max_examples=300)


def article(body: str) -> Article:
    return Article(id="made-up", title="عنوان", body=body)


def texts(body: str, target: int = TARGET, limit: int = LIMIT) -> list[str]:
    return [passage.text for passage in split(article(body), target, limit)]


def longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


def sentence(length: int) -> str:
    """Return a sentence of that many characters, without commas."""
    return ("كلمة " * length)[: length - 1].rstrip().ljust(length - 1, "ا") + "."


@given(BODIES, SIZES, SIZES)
@AT_LENGTH
def test_passages_tile_the_body(body: str, target: int, limit: int) -> None:
    passages = split(article(body), target, limit)
    assert "".join(passage.text for passage in passages) == (body if body.strip() else "")
    position = 0
    for number, passage in enumerate(passages):
        assert passage.article_id == "made-up"
        assert passage.ordinal == number
        assert passage.start == position
        assert body[passage.start : passage.end] == passage.text
        position = passage.end


@given(BODIES, SIZES, SIZES)
@AT_LENGTH
def test_every_passage_has_something_to_see(body: str, target: int, limit: int) -> None:
    assert all(text.strip() for text in texts(body, target, limit))


@given(BODIES, SIZES, SIZES)
@AT_LENGTH
def test_no_passage_begins_or_ends_within_a_word(body: str, target: int, limit: int) -> None:
    for passage in split(article(body), target, limit)[1:]:
        before, after = body[passage.start - 1], body[passage.start]
        assert before.isspace() or after.isspace()


@given(BODIES, SIZES, SIZES)
@example("اا " + "ب" * 28 + " تت", 20, 30)
@AT_LENGTH
def test_a_passage_exceeds_the_limit_only_for_a_word_that_does(
    body: str, target: int, limit: int
) -> None:
    for text in texts(body, target, limit):
        assert len(text.strip()) <= limit or longest_word(text) > limit


@pytest.mark.parametrize("body", ["", " ", "\n\n\t \u00a0\u2003\n"])
def test_a_body_of_white_space_has_no_passage(body: str) -> None:
    assert split(article(body)) == ()
    assert whole(article(body)) == ()


def test_the_whole_body_can_be_the_only_passage() -> None:
    body = f" {sentence(900)}\n\n{sentence(900)}\n"
    assert whole(article(body)) == (Passage("made-up", 0, 0, len(body), body),)


def test_white_space_around_the_body_stays_with_the_nearest_passage() -> None:
    body = f"\n  {sentence(500)} {sentence(500)} \n\n"
    first, last = texts(body)
    assert first.startswith("\n  ")
    assert last.endswith(" \n\n")


def test_passages_end_after_sentences_once_they_reach_the_target() -> None:
    body = " ".join(sentence(80) for _ in range(30))
    *passages, _ = texts(body)
    assert passages
    for text in passages:
        assert text.rstrip().endswith(".")
        assert TARGET <= len(text) <= TARGET + 81


def test_a_short_article_is_one_passage() -> None:
    body = f"{sentence(60)}\n\n{sentence(90)} {sentence(70)}"
    assert texts(body) == [body]


def test_a_paragraph_that_would_not_fit_begins_a_passage() -> None:
    body = f"{sentence(250)}\n\n{sentence(300)}"
    assert texts(body) == [f"{sentence(250)}\n\n", sentence(300)]


def test_an_over_long_sentence_is_cut_after_a_clause() -> None:
    clause = "وأكد الوزراء التزامهم بمواصلة التعاون مع حكومة العراق، "
    passages = texts(clause * 40)
    assert len(passages) > 1
    assert all(text.rstrip().endswith("،") and len(text) <= LIMIT for text in passages)


def test_an_over_long_clause_is_cut_between_words() -> None:
    passages = texts("كلمة " * 1000)
    assert len(passages) > 1
    assert all(set(text.split()) == {"كلمة"} and len(text) <= LIMIT for text in passages)


def test_a_word_longer_than_the_limit_is_not_cut() -> None:
    word = "ا" * (LIMIT + 50)
    assert texts(word) == [word]
    assert any(word in text for text in texts(f"{sentence(500)} {word} {sentence(500)}"))


@pytest.mark.parametrize(("opening", "closing"), [("«", "»"), ("“", "”"), ('"', '"')])
def test_a_quotation_of_several_sentences_that_fits_is_not_cut(opening: str, closing: str) -> None:
    quotation = opening + " ".join(sentence(90) for _ in range(7)) + closing
    for lead in range(60, 460, 50):
        body = f"{sentence(lead)} {sentence(100)} {quotation} {sentence(200)}"
        assert sum(quotation in text for text in texts(body)) == 1


def test_a_quotation_longer_than_a_passage_is_cut_after_its_sentences() -> None:
    quotation = "«" + " ".join(sentence(90) for _ in range(12)) + "»"
    passages = texts(quotation)
    assert len(passages) > 1
    assert all(re.search(r"[.»]\s*$", text) for text in passages)


@pytest.mark.parametrize("lead", [150, 300, 500, 650])
def test_a_quotation_that_fits_is_not_cut_within_a_longer_sentence(lead: int) -> None:
    clause = "إن التحالف سيواصل عمله في العراق، "
    quotation = f"«{clause * 17}ولن يتوقف.»"
    assert len(quotation) < LIMIT
    body = f"{('كلمة ' * lead)[:lead].rstrip()}: {quotation} {sentence(100)}"
    assert sum(quotation in text for text in texts(body)) == 1


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.stem)
def test_the_passages_of_a_seed_tile_it_within_the_limit(path: Path) -> None:
    (seed,) = Corpus([path])
    passages = split(seed)
    assert "".join(passage.text for passage in passages) == seed.body
    assert all(len(passage.text.strip()) <= LIMIT for passage in passages)
    for passage in passages[:-1]:
        assert re.search(r'[.؟!…»”"]\s+$|\n\s*$', passage.text), passage.text[-60:]


@given(BODIES)
@AT_LENGTH
def test_sentences_are_trimmed_in_order_and_apart(text: str) -> None:
    position = 0
    for start, end in sentences(text):
        assert position <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        position = end


@given(BODIES)
@AT_LENGTH
def test_what_no_sentence_covers_is_white_space(text: str) -> None:
    position = 0
    for start, end in [*sentences(text), (len(text), len(text))]:
        assert not text[position:start].strip()
        position = end


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ذهب. ثم عاد.", ["ذهب.", "ثم عاد."]),
        ("هل ذهب؟ نعم! ثم عاد… وبقي", ["هل ذهب؟", "نعم!", "ثم عاد…", "وبقي"]),
        ("انتظر... ثم عاد؟! نعم", ["انتظر...", "ثم عاد؟!", "نعم"]),
        ("قال: «نعم.» ثم ذهب.", ["قال: «نعم.»", "ثم ذهب."]),
        ('قال: "نعم." (ثم ذهب.) وعاد', ['قال: "نعم."', "(ثم ذهب.)", "وعاد"]),
        ("عنوان بلا نقطة\nثم نص", ["عنوان بلا نقطة", "ثم نص"]),
        ("سطر أول\n \n\n سطر ثان", ["سطر أول", "سطر ثان"]),
        ("بلغت 178.3 مليون دولار. وانتهى", ["بلغت 178.3 مليون دولار.", "وانتهى"]),
        ("زار example.com اليوم", ["زار example.com اليوم"]),
        ("أولا، ثانيا؛ ثالثا: رابعا", ["أولا، ثانيا؛ ثالثا: رابعا"]),
        ("یہ ایک خبر ہے۔ ختم", ["یہ ایک خبر ہے۔", "ختم"]),
        ("  وحده  ", ["وحده"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "قال د. أحمد العلي إنه ذهب.",
        "د. أحمد العلي ذهب.",
        "حضر (د. أحمد) و«م. علي» و“أ. سعيد” اليوم",
        "كتب J. Smith اليوم",
        "حضر أ. د. محمد العلي",
    ],
)
def test_an_abbreviation_of_one_letter_does_not_end_a_sentence(text: str) -> None:
    assert sentences(text) == [(0, len(text))]


@pytest.mark.parametrize(
    "text",
    ["حضر أ.د. محمد العلي اليوم", "كتبت ج.ك. رولينغ اليوم", "أعلنت U.S. Army اليوم"],
)
def test_initials_written_together_do_not_end_a_sentence(text: str) -> None:
    assert sentences(text) == [(0, len(text))]
