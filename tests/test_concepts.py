"""What the thesaurus promises: expressions are found in whatever form a text gives them."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval import arabic
from retrieval.concepts import FOLDER, MARK, Concepts, fingerprint, thesaurus
from retrieval.errors import EncoderError

WORDS = """
حكومة | السلطة التنفيذية = government = gouvernement
رفض | قال لا = refused | turned down = rejet
انتخابات | اقتراع = elections | polls = élections | scrutin
انتخابات رئاسية | سباق الرئاسة = presidential election = présidentielle
رئاسة = presidency = présidence
قمة عربية = Arab summit = sommet arabe
دعم لأوكرانيا | ماذا قبل = support for Ukraine = soutien à l'Ukraine
والدة | أم = mother = mère
فصل = chapter = chapitre
فصل = season = saison
"""
NAMES = """
حلف الناتو | الناتو = NATO = OTAN
روسيا | الدب الروسي = Russia = Russie
أوكرانيا = Ukraine = Ukraine
أوروبا | القارة العجوز = Europe | Old Continent = Europe | vieux continent
سامر = Samer = Samer
"""
FILES = sorted(FOLDER.glob("*.txt"))
LINES = [(path.name, line) for path in FILES for line in path.read_text("utf-8").splitlines()]


def written(folder: Path, words: str = WORDS, names: str = NAMES) -> Path:
    folder.joinpath("general.txt").write_text(words.strip(), encoding="utf-8")
    folder.joinpath("names.txt").write_text(names.strip(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Concepts:
    return Concepts.load(written(tmp_path_factory.mktemp("concepts")))


def named(concepts: Concepts, text: str) -> list[str]:
    return concepts.terms(arabic.words(text))


@pytest.mark.parametrize(
    ("words", "term"),
    [
        ("الناتو والناتو بالناتو وبالناتو للناتو وللناتو فالناتو كالناتو", "#حلف_الناتو"),
        ("روسيا لروسيا وروسيا بروسيا ولروسيا وبروسيا فلروسيا كروسيا", "#روسيا"),
        ("أوكرانيا لأوكرانيا ولأوكرانيا بأوكرانيا", "#اوكرانيا"),
        ("حكومة الحكومة للحكومة وحكومة والحكومة حكومات الحكومات", "#حكومه"),
        ("حكومتها حكومته حكومتهم حكومتنا حكومتي لحكومتها وحكومته ولحكومتها", "#حكومه"),
        ("رفض رفضت رفضوا يرفض ترفض نرفض أرفض يرفضون رفضها رفضهم ورفض", "#رفض"),
        ("سيرفض سترفض وسيرفض فسيرفض وسترفض ليرفض", "#رفض"),
        ("انتخابات الانتخابات والانتخابات بالانتخابات انتخاباتهم وبانتخابات", "#انتخابات"),
        ("والدة والدتها والدته والدتي ووالدتها الوالدة", "#والده"),
    ],
)
def test_an_expression_is_found_whatever_its_word_carries(
    small: Concepts, words: str, term: str
) -> None:
    for word in words.split():
        assert (word, named(small, word)) == (word, [term])


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("nato", "#حلف_الناتو"),
        ("NATO", "#حلف_الناتو"),
        ("OTAN", "#حلف_الناتو"),
        ("election", "#انتخابات"),
        ("Elections", "#انتخابات"),
        ("élections", "#انتخابات"),
        ("elections françaises", "#انتخابات"),
        ("l'élection", "#انتخابات"),
        ("le gouvernement", "#حكومه"),
        ("governments", "#حكومه"),
        ("turned down", "#رفض"),
        ("vieux continent", "#اوروبا"),
    ],
)
def test_english_and_french_find_the_concept_of_the_arabic(
    small: Concepts, text: str, term: str
) -> None:
    assert named(small, text) == [term]


def test_the_longest_expression_at_a_word_wins_and_those_within_are_found_too(
    small: Concepts,
) -> None:
    words = arabic.words("نتائج الانتخابات الرئاسية في روسيا")
    assert small.spans(words) == [(1, 3, ("#انتخابات_رياسيه",)), (4, 5, ("#روسيا",))]
    words = arabic.words("سباق الرئاسة")
    assert small.spans(words) == [(0, 2, ("#انتخابات_رياسيه",)), (1, 2, ("#رياسه",))]


def test_a_beginning_of_an_expression_is_none_of_it(small: Concepts) -> None:
    assert named(small, "قمة") == []
    assert named(small, "قمة في أوروبا") == ["#اوروبا"]
    assert named(small, "القمة العربية") == ["#قمه_عربيه"]


def test_a_form_within_a_longer_expression_does_not_hide_the_word(small: Concepts) -> None:
    assert named(small, "لأوكرانيا") == ["#اوكرانيا"]
    assert named(small, "الدعم لأوكرانيا") == ["#دعم_لاوكرانيا", "#اوكرانيا"]


@pytest.mark.parametrize("text", ["من", "في على إلى", "ماذا قبل", "the of", "أم", "وأين", "le la"])
def test_stop_words_alone_name_nothing(small: Concepts, text: str) -> None:
    assert named(small, text) == []


def test_an_expression_may_begin_with_a_stop_word(tmp_path: Path) -> None:
    concepts = Concepts.load(
        written(tmp_path, words="من دون شروط = unconditional = sans condition")
    )
    assert named(concepts, "من دون شروط") == ["#من_دون_شروط"]
    assert named(concepts, "من دون") == []


@pytest.mark.parametrize("word", ["سامرها", "سامرون", "يسامر", "سامرت"])
def test_names_are_not_inflected_as_words_are(tmp_path: Path, word: str) -> None:
    line = "سامر = Samer = Samer"
    assert named(Concepts.load(written(tmp_path, names=line)), word) == []
    assert named(Concepts.load(written(tmp_path, words=line)), word) == ["#سامر"]


def test_the_adjective_of_a_name_is_found_in_its_genders_and_numbers(tmp_path: Path) -> None:
    concepts = Concepts.load(written(tmp_path, names="روسيا | الروسي = Russia = Russie"))
    for word in arabic.words("روسي الروسي الروسية روسيون والروسيين للروسيات"):
        assert concepts.terms([word]) == ["#روسيا"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("أوروبا", "اوروبا"),
        ("القارّة العجوز", "القاره العجوز"),
        ("روســـيا", "روسيا"),
        ("présidentielle", "presidentielle"),
        ("رئاسة", "رئاسه"),
    ],
)
def test_spellings_that_fold_alike_name_the_same(small: Concepts, one: str, other: str) -> None:
    assert named(small, one) == named(small, other) != []


@pytest.mark.parametrize("text", ["", "قرنبيط", "xyzzy", "2021", "وبالقرنبيط", "œ Москва"])
def test_what_the_thesaurus_does_not_know_has_no_concept(small: Concepts, text: str) -> None:
    assert small.spans(arabic.words(text)) == []


def test_the_term_of_a_line_is_its_first_expression(small: Concepts) -> None:
    assert named(small, "اقتراع") == ["#انتخابات"]
    assert named(small, "السلطة التنفيذية") == ["#حكومه"]
    assert named(small, "Russia") == ["#روسيا"]


def test_lines_of_the_same_first_expression_are_one_concept(small: Concepts) -> None:
    assert named(small, "season") == named(small, "chapter") == ["#فصل"]


def test_an_expression_of_several_concepts_names_the_first_four(tmp_path: Path) -> None:
    lines = "\n".join(
        f"{word} | مشترك = {word} = {word}" for word in ("أسد", "بقر", "جمل", "دجاج", "هدهد")
    )
    concepts = Concepts.load(written(tmp_path, words=lines))
    assert named(concepts, "مشترك") == ["#اسد", "#بقر", "#جمل", "#دجاج"]


@pytest.mark.parametrize("files", [[], ["general.txt"], ["general.txt", "names.txt"]])
def test_an_empty_thesaurus_is_an_error_that_names_the_folder(
    tmp_path: Path, files: list[str]
) -> None:
    for name in files:
        tmp_path.joinpath(name).write_text("\n = | \n", encoding="utf-8")
    with pytest.raises(EncoderError, match=tmp_path.name):
        Concepts.load(tmp_path)


def test_an_edited_thesaurus_has_another_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "general.txt").write_text("زلزال | هزة أرضية\n", encoding="utf-8")
    first = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == first
    (tmp_path / "general.txt").write_text("زلزال | رجة أرضية\n", encoding="utf-8")
    assert fingerprint(tmp_path) != first


def test_a_missing_thesaurus_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="nowhere"):
        Concepts.load(tmp_path / "nowhere")


def test_a_damaged_thesaurus_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    written(tmp_path).joinpath("names.txt").write_bytes(b"\xff\xfe\xd9")
    with pytest.raises(EncoderError, match=tmp_path.name):
        Concepts.load(tmp_path)


def test_threads_that_share_a_thesaurus_get_the_same_answers(small: Concepts) -> None:
    texts = [f"{line} presidential elections {number} refusing" for number, line in LINES[::40]]
    alone = [named(Concepts.load(), text) for text in texts[:1]]
    shared = Concepts.load()
    expected = [thesaurus().terms(arabic.words(text)) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(2):
            found = threads.map(lambda text: shared.terms(arabic.words(text)), texts * 4)
            assert list(found) == expected * 4
    assert alone == expected[:1]
    assert named(small, "elections") == ["#انتخابات"]


KNOWN = [word for _, line in LINES[::97] for word in arabic.words(line)]
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(KNOWN),
        st.sampled_from(arabic.words(f"{WORDS} {NAMES}")),
        st.sampled_from(sorted(arabic.STOP_WORDS)),
        st.builds(
            "{}{}{}".format,
            st.sampled_from(["", "و", "ول", "ال", "وبال", "سي"]),
            st.sampled_from(KNOWN),
            st.sampled_from(["", "ها", "ون", "ات", "ية", "ته"]),
        ).map(arabic.fold),
        st.text(max_size=9),
    ),
    max_size=12,
).map(lambda parts: arabic.words(" ".join(parts)))


@given(TEXTS)
@settings(deadline=None, max_examples=200)
def test_spans_lie_within_the_words_in_order_and_hold_what_terms_returns(words: list[str]) -> None:
    spans = thesaurus().spans(words)
    for start, end, terms in spans:
        assert 0 <= start < end <= len(words)
        assert 1 <= len(terms) == len(set(terms)) <= 4
        assert all(term.startswith(MARK) for term in terms)
    assert all(one[0] < other[0] for one, other in pairwise(spans))
    assert thesaurus().terms(words) == [term for *_, terms in spans for term in terms]


@given(TEXTS, TEXTS)
@settings(deadline=None, max_examples=100)
def test_what_follows_a_text_takes_no_expression_from_its_words(
    words: list[str], others: list[str]
) -> None:
    alone = {start: end for start, end, _ in thesaurus().spans(words)}
    followed = {start: end for start, end, _ in thesaurus().spans(words + others)}
    assert all(followed[start] >= end for start, end in alone.items())


# The thesaurus that is shipped.


def expressions(line: str) -> list[list[str]]:
    return [arabic.words(part) for part in line.replace("=", "|").split("|")]


def bad(lines: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(lines)[:5]


def test_every_shipped_line_has_three_parts_and_no_empty_expression() -> None:
    for _, line in LINES:
        parts = line.split("=")
        assert len(parts) == 3, line
        assert all(expression.strip() for part in parts for expression in part.split("|")), line


def test_every_shipped_line_begins_with_an_arabic_word() -> None:
    assert bad((n, line) for n, line in LINES if not arabic.words(line.split("|")[0])) == []
    assert bad((n, line) for n, line in LINES if line.split("=")[0].isascii()) == []


def test_every_shipped_concept_can_be_found_by_something_but_stop_words() -> None:
    # The term of some is a stop word, as of "before": a term is no expression, and stays.
    assert bad(
        (name, line)
        for name, line in LINES
        if all(arabic.STOP_WORDS.issuperset(words) for words in expressions(line))
    ) == []  # fmt: skip


def test_no_two_lines_of_a_shipped_file_begin_with_the_same_expression() -> None:
    for path in FILES:
        firsts = [tuple(expressions(line)[0]) for name, line in LINES if name == path.name]
        assert {first for first in firsts if firsts.count(first) > 1} == set()


def test_every_shipped_first_expression_is_found_under_its_term_or_means_too_much() -> None:
    missed = []
    for name, line in LINES:
        first = expressions(line)[0]
        if arabic.STOP_WORDS.issuperset(first):
            continue
        spans = [span for span in thesaurus().spans(first) if span[:2] == (0, len(first))]
        terms = spans[0][2] if spans else ()
        if f"{MARK}{'_'.join(first)}" not in terms and len(terms) < 4:
            missed.append((name, line))
    assert bad(missed) == []


def test_shipped_terms_are_single_tokens_of_the_index() -> None:
    for _, line in LINES:
        for term in thesaurus().terms(expressions(line)[0]):
            assert term.split() == [term]
            assert term.startswith(MARK)
            assert arabic.fold(term) == term


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("وبالناتو", "NATO"),
        ("OTAN", "حلف شمال الأطلسي"),
        ("القارة العجوز", "Europe"),
        ("élections", "الانتخابات"),
        ("election", "انتخابات"),
        ("ولأوكرانيا", "Ukraine"),
        ("United States", "واشنطن"),
    ],
)
def test_the_shipped_thesaurus_joins_what_means_the_same(one: str, other: str) -> None:
    assert set(named(thesaurus(), one)) & set(named(thesaurus(), other))
