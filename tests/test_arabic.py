"""What folding, words, stems and index terms promise."""

import re
import sys
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from retrieval import arabic

# Random text that is often Arabic, with the marks, digits and letters that folding is about.
MOSTLY_ARABIC = st.text(
    st.one_of(
        st.characters(),
        st.characters(min_codepoint=0x600, max_codepoint=0x6FF),
        st.characters(min_codepoint=0xFB50, max_codepoint=0xFEFF),
        st.sampled_from(" \n\t.,،٬٫-_#@/:0123456789٠١٢٣٤٥٦٧٨٩۰۱۲abcÉIİıßﬁـًّٰ\u200b\u200e\u202b"),
    ),
    max_size=60,
)
AT_LENGTH = settings(deadline=None, max_examples=200)


def stems_of(text: str) -> list[str]:
    return [arabic.stem(word) for word in arabic.words(text)]


def test_folding_any_character_twice_is_folding_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # A table of its own, so that a million entries do not stay in memory.
    monkeypatch.setattr(arabic, "_FOLDS", arabic._FoldTable())
    unstable = [
        f"U+{code:04X}"
        for code in range(sys.maxunicode + 1)
        if arabic.fold(folded := arabic.fold(chr(code))) != folded
    ]
    assert unstable == []


@given(MOSTLY_ARABIC)
@AT_LENGTH
def test_folding_any_text_twice_is_folding_it_once(text: str) -> None:
    assert arabic.fold(arabic.fold(text)) == arabic.fold(text)


@given(MOSTLY_ARABIC, MOSTLY_ARABIC)
@AT_LENGTH
def test_the_fold_of_a_text_is_the_folds_of_its_parts(first: str, second: str) -> None:
    assert arabic.fold(first + second) == arabic.fold(first) + arabic.fold(second)


@given(MOSTLY_ARABIC)
@AT_LENGTH
def test_folded_text_has_neither_marks_nor_invisible_characters(text: str) -> None:
    assert not re.search("[\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e]", arabic.fold(text))


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        pytest.param("أإآٱا", "ااااا", id="alef with hamza, madda, wasla"),
        pytest.param("مستشفى", "مستشفي", id="alef maqsura is ya"),
        pytest.param("علی", "علي", id="Persian ya is ya"),
        pytest.param("مدرسة", "مدرسه", id="ta marbuta is ha"),
        pytest.param("مؤتمر", "موتمر", id="hamza on waw is waw"),
        pytest.param("رئيس", "رييس", id="hamza on ya is ya"),
        pytest.param("مُؤَسَّسَةٌ", "موسسه", id="diacritics go"),
        pytest.param("هٰذا", "هذا", id="the dagger alef goes"),
        pytest.param("داعـــــش", "داعش", id="tatweel goes"),
        pytest.param("ﻻ", "لا", id="lam-alef of the presentation forms is two letters"),
        pytest.param("ﷲ", "الله", id="the ligature of Allah is its letters"),
        pytest.param("ﺍﻟﻌﺮﺍﻕ", "العراق", id="presentation forms are letters"),
        pytest.param("کتاب", "كتاب", id="Persian kaf is kaf"),
        pytest.param("پاکستان گچ ژ", "باكستان كج ز", id="Persian letters are the nearest Arabic"),
        pytest.param("ڤيتنام", "فيتنام", id="ve is fa"),
        pytest.param("٠١٢٣٤٥٦٧٨٩", "0123456789", id="Arabic-Indic digits"),
        pytest.param("۰۱۲۳۴۵۶۷۸۹", "0123456789", id="Persian digits"),
        pytest.param("سو\u200bر\u200cي\u200dا", "سوريا", id="zero-width marks go"),
        pytest.param("\u200f\u202bسوريا\u202c\u2069\ufeff", "سوريا", id="bidi marks go"),
        pytest.param("NATO Café ﬁ ＡＢＣ", "nato cafe fi abc", id="Latin case, accents and forms"),
        pytest.param("٬٫", ",.", id="Arabic separators of numbers"),
    ],
)
def test_what_readers_take_for_the_same_letter_folds_to_the_same(written: str, folded: str) -> None:
    assert arabic.fold(written) == folded


def test_composed_and_decomposed_letters_fold_to_the_same() -> None:
    assert arabic.fold("\u0627\u0654\u0648\u0654") == arabic.fold("\u0623\u0624") == "او"


def test_letters_that_differ_stay_apart() -> None:
    alphabet = "ابتثجحخدذرزسشصضطظعغفقكلمنهويء"
    assert arabic.fold(alphabet) == alphabet


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,300", ["1300"]),
        ("١٣٠٠", ["1300"]),
        ("١٬٣٠٠", ["1300"]),
        ("1,300,000", ["1300000"]),
        ("12,34", ["12,34"]),
        ("178.3 مليون", ["178.3", "مليون"]),
        ("١٧٨٫٣", ["178.3"]),
        ("بلغ 7.", ["بلغ", "7"]),
        ("007 و 0 و 000", ["7", "و", "0", "و", "0"]),
        ("12/05/2022", ["12", "5", "2022"]),
        ("٢٠٢٢-٠٥-١٢", ["2022", "5", "12"]),
        ("الساعة 10:30", ["الساعه", "10", "30"]),
        ("#داعش_في_العراق", ["داعش", "في", "العراق"]),
        ("الـ12", ["ال", "12"]),
        ("(210) خلايا", ["210", "خلايا"]),
        ("كوفيد19 COVID-19", ["كوفيد", "19", "covid", "19"]),
        ("قال: «نعم»، ثم…لا؟", ["قال", "نعم", "ثم", "لا"]),
        ("شركة Apple's", ["شركه", "apple", "s"]),
        ("@user_name", ["user", "name"]),
        ("  \n\t…!؟", []),
        ("", []),
    ],
)
def test_words_are_folded_and_numbers_read_alike_however_written(
    text: str, words: list[str]
) -> None:
    assert arabic.words(text) == words


def test_a_decimal_number_reads_the_same_with_its_thousands_set_apart() -> None:
    assert arabic.words("1,300.5") == arabic.words("1300.5")


@given(MOSTLY_ARABIC)
@AT_LENGTH
def test_words_of_a_text_are_those_of_its_fold(text: str) -> None:
    assert arabic.words(arabic.fold(text)) == arabic.words(text)


@given(MOSTLY_ARABIC)
@AT_LENGTH
def test_words_are_never_empty_and_hold_neither_white_space_nor_marks(text: str) -> None:
    for word in arabic.words(text):
        assert re.fullmatch(r"[^\W_]+(?:[.,]\d+)*", word)


@given(MOSTLY_ARABIC)
@AT_LENGTH
def test_the_way_back_from_a_fold_is_in_order_and_leaves_nothing_out(text: str) -> None:
    folded = arabic.folded(text)
    assert folded.text == arabic.fold(text)
    assert len(folded.starts) == len(folded.ends) == len(folded.text)
    slices = dict(zip(folded.starts, folded.ends, strict=True))  # one for each character met
    assert list(slices) == sorted(slices)
    before = text[: folded.starts[0]] if slices else text
    assert arabic.fold(before) == ""
    assert before + "".join(text[start:end] for start, end in slices.items()) == text
    for start, end in slices.items():
        assert arabic.fold(text[start + 1 : end]) == ""  # a character with what it carries


@given(MOSTLY_ARABIC, st.data())
@AT_LENGTH
def test_any_span_of_a_fold_leads_back_to_the_characters_it_is_the_fold_of(
    text: str, data: st.DataObject
) -> None:
    folded = arabic.folded(text)
    assume(folded.text)
    first = data.draw(st.integers(0, len(folded.text) - 1))
    last = data.draw(st.integers(first, len(folded.text) - 1))
    start, end = folded.span(first, last + 1)
    # All that the characters at both ends fold to, which is more than the span within a ligature.
    whole = "".join(
        character
        for character, origin in zip(folded.text, folded.starts, strict=True)
        if folded.starts[first] <= origin <= folded.starts[last]
    )
    assert arabic.fold(text[start:end]) == whole
    assert folded.text[first : last + 1] in whole


@given(MOSTLY_ARABIC)
@AT_LENGTH
def test_tokens_are_the_words_of_a_text(text: str) -> None:
    assert [token.text for token in arabic.tokens(text)] == arabic.words(text)


@given(MOSTLY_ARABIC)
@AT_LENGTH
def test_tokens_stand_in_order_and_each_holds_its_word(text: str) -> None:
    tokens = arabic.tokens(text)
    for token in tokens:
        assert 0 <= token.start < token.end <= len(text)
        assert token.text in arabic.words(text[token.start : token.end])
    for one, other in pairwise(tokens):
        assert one.start <= other.start
        shared = text[other.start : one.end]
        # Only a character that folds to both, as ½ does, can be in two tokens.
        assert not shared or len(arabic.fold(shared[0])) > 1
        assert not shared or arabic.fold(shared[1:]) == ""


@given(MOSTLY_ARABIC.map(lambda text: "".join(filter(_folds_to_one_kind, text))))
@AT_LENGTH
def test_a_token_is_to_the_letter_what_its_characters_fold_to(text: str) -> None:
    end = 0
    parts = []
    for token in arabic.tokens(text):
        assert token.start >= end
        parts += [text[end : token.start], text[token.start : token.end]]
        end = token.end
        written = arabic.fold(parts[-1])
        assert arabic.words(written) == [token.text]
        assert written == token.text or written[0].isdigit()  # 1,300 reads 1300
        assert re.fullmatch(r"\d+(?:[.,]\d+)*|[^\W\d_]+", written)
    assert "".join(parts) + text[end:] == text


def _folds_to_one_kind(character: str) -> bool:
    """Leave out what folds to several words, or to a word and a mark, as ﷺ, ½ and ㋀ do."""
    return bool(re.fullmatch(r"[^\W\d_]*|\d+|[\W_]+", arabic.fold(character)))


@pytest.mark.parametrize(
    ("text", "slices"),
    [
        ("قالَ: «نَعَمْ»", ["قالَ", "نَعَمْ"]),
        ("داعـــــش في", ["داعـــــش", "في"]),
        ("ﻻ ﷲ", ["ﻻ", "ﷲ"]),
        ("\u200fسو\u200bريا\u200e.", ["سو\u200bريا\u200e"]),
        ("\u064bنعم", ["نعم"]),
        ("بلغت ١٬٣٠٠ مرة", ["بلغت", "١٬٣٠٠", "مرة"]),
        ("\u0627\u0654حمد", ["\u0627\u0654حمد"]),
        ("قال ﷺ نعم", ["قال", "ﷺ", "ﷺ", "ﷺ", "ﷺ", "نعم"]),
        ("½", ["½", "½"]),
        ("", []),
    ],
)
def test_a_token_knows_its_characters_with_their_marks(text: str, slices: list[str]) -> None:
    assert [text[token.start : token.end] for token in arabic.tokens(text)] == slices


def test_a_fold_of_ones_own_leads_back_too() -> None:
    folded = arabic.folded("aب-", lambda character: {"a": "xyz", "-": ""}.get(character, character))
    assert folded == arabic.Folded("xyzب", (0, 0, 0, 1), (1, 1, 1, 3))
    assert folded.span(1, 3) == (0, 1)
    assert folded.span(2, 4) == (0, 3)


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("والكتاب", "كتاب"),
        ("بالمدرسه", "مدرس"),
        ("كالوزراء", "وزراء"),
        ("فالعراق", "عراق"),
        ("للعراق", "عراق"),
        ("اجتماعات", "اجتماع"),
        ("معلمون", "معلم"),
        ("مقاتلين", "مقاتل"),
        ("مقاتلوها", "مقاتلو"),
        ("وال", "وال"),
        ("ال", "ال"),
        ("وو", "وو"),
        ("ه", "ه"),
        ("nato", "nato"),
        ("1300", "1300"),
    ],
)
def test_a_stem_is_the_word_without_its_article_conjunction_and_endings(
    word: str, stem: str
) -> None:
    assert arabic.stem(word) == stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("العراقية", "عراقي"),
        ("الاجتماع", "اجتماعات"),
        ("والمقاتلين", "مقاتلون"),
        ("المدرسة", "مدرسه"),
    ],
)
def test_forms_of_a_word_share_their_stem(one: str, other: str) -> None:
    assert stems_of(one) == stems_of(other)


@given(MOSTLY_ARABIC)
@AT_LENGTH
def test_no_word_has_an_empty_stem(text: str) -> None:
    words = arabic.words(text)
    stems = stems_of(text)
    assert len(stems) == len(words)
    for word, stem in zip(words, stems, strict=True):
        assert stem
        assert stem in word


@given(st.text("والبكفنتيهـ", min_size=1, max_size=8))
@AT_LENGTH
def test_no_run_of_prefixes_and_suffixes_has_an_empty_stem(text: str) -> None:
    assert all(stems_of(text))


@given(MOSTLY_ARABIC)
@AT_LENGTH
def test_terms_are_a_stem_and_the_four_grams_of_each_word(text: str) -> None:
    expected = []
    for word in arabic.words(text):
        expected.append(f"={arabic.stem(word)}")
        padded = f"<{word}>"
        if not word[0].isdigit():
            expected += [padded[i : i + 4] for i in range(len(padded) - 3)] or [padded]
    assert arabic.terms(text) == expected


@given(MOSTLY_ARABIC)
@AT_LENGTH
def test_no_term_can_be_split_at_white_space(text: str) -> None:
    for term in arabic.terms(text):
        assert term.split() == [term]


def test_a_word_has_itself_its_stem_and_its_four_grams_as_features() -> None:
    assert arabic.word_features("العراق") == (
        "_العراق",
        "=عراق",
        "<الع",
        "العر",
        "لعرا",
        "عراق",
        "راق>",
    )
    assert arabic.terms("العراق") == list(arabic.word_features("العراق")[1:])


@pytest.mark.parametrize("text", ["و", "في", "a"])
def test_a_word_too_short_for_four_grams_is_its_own(text: str) -> None:
    assert arabic.terms(text) == [f"={text}", f"<{text}>"]


@pytest.mark.parametrize("number", ["2254", "١٬٣٠٠", "178.3"])
def test_a_number_has_no_parts_to_be_found_by(number: str) -> None:
    (word,) = arabic.words(number)
    assert arabic.terms(number) == [f"={word}"]
    assert arabic.word_features(word) == (f"_{word}", f"={word}")


def _content(text: str) -> list[str]:
    told = arabic.told_words(text)
    return [arabic.stem(word) for word in told if word not in arabic.STOP_WORDS]


@pytest.mark.parametrize(
    "words",
    [
        "من ماذا متى أين كيف لماذا هل كم",
        "في على إلى عن مع",
        "شو إيش وين ليش علاش",
        "متى وأين وكيف ولماذا وكم",
        "what is the",
        "combien de la",
    ],
)
def test_question_and_function_words_are_about_nothing(words: str) -> None:
    assert _content(words) == []


ASKED_IN_DIALECT = {
    "متى": "متى إمتى امتى امته إيمتى ايمتا",
    "أين": "أين اين وين فين منين",
    "كيف": "كيف كيفاش شلون ازاي إزاي كيفية",
    "لماذا": "لماذا ليش ليه علاش لمادا",
    "كم": "كم كام بكام قديش شحال چم",
    "من": "منو شكون مين",
    "ماذا": "ماذا ايش إيش شو شنو وش فاش ماهو ماهي ماهى",
}


@pytest.mark.parametrize(("asked", "ways"), ASKED_IN_DIALECT.items())
def test_question_words_are_known_by_what_they_ask_for(asked: str, ways: str) -> None:
    for word in arabic.words(ways):
        assert arabic.ASKED[word] == arabic.fold(asked)
        assert {word, f"و{word}"} <= arabic.STOP_WORDS


def test_question_words_are_folded_and_none_is_a_preposition() -> None:
    for word, asked in arabic.ASKED.items():
        assert arabic.words(word) == [word]
        assert arabic.words(asked) == [asked]
        assert arabic.ASKED.get(asked, "من") == asked
    assert "من" not in arabic.ASKED


@pytest.mark.parametrize(
    "greeting",
    [
        "السلام عليكم",
        "السلام عليكم ورحمة الله وبركاته",
        "سلامٌ عليكم",
        "وعليكم السلام",
        "صباح الخير",
        "مساء النور!",
        "أهلاً وسهلاً",
        "مرحبا",
        "كيف حالكم؟",
        "شكراً جزيلاً",
        "من فضلك",
        "لو سمحت",
        "Hello, how are you?",
        "Thank you",
        "merci",
    ],
)
def test_a_greeting_is_about_nothing(greeting: str) -> None:
    assert _content(greeting) == []


@pytest.mark.parametrize(
    "greeting",
    [
        "السلام  عليكم",
        "السلام\nعليكم",
        "السلام عليكم و رحمة الله",
        "وعليكم السلام ورحمة الله",
        "شكرا لكم",
        "مشكورة",
        "مشكورين",
        "أهلا بك",
        "مرحبا بكم",
    ],
)
def test_a_greeting_is_about_nothing_however_it_is_spaced_and_continued(greeting: str) -> None:
    assert _content(greeting) == []


@pytest.mark.parametrize(
    ("question", "stems"),
    [
        ("السلام في سوريا", ["سلام", "سوريا"]),
        ("السلام عليكم، ماذا عن السلام في سوريا؟", ["سلام", "سوريا"]),
        ("عملية السلام", ["عمل", "سلام"]),
        ("صباح الخير، أين داعش؟", ["داعش"]),
        ("الشكر للعراق", ["شكر", "عراق"]),
        ("كم بلغت المساعدات في 2021؟", ["بلغت", "مساعد", "2021"]),
        ("who leads the coalition", ["leads", "coalition"]),
    ],
)
def test_content_is_what_is_left_of_a_question_without_politeness(
    question: str, stems: list[str]
) -> None:
    assert _content(question) == stems


@pytest.mark.parametrize("question", ["which ship left China?", "رجاءات لو سمحتموه حالكما"])
def test_politeness_is_whole_words_only(question: str) -> None:
    assert arabic.told_words(question) == arabic.words(question)


@given(MOSTLY_ARABIC)
@AT_LENGTH
def test_content_is_never_more_than_what_was_said(text: str) -> None:
    assert len(_content(text)) <= len(stems_of(text))
