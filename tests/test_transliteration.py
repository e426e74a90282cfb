"""Names in two scripts are compared by the consonants they share."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import arabic
from retrieval.concepts import FOLDER
from retrieval.transliteration import skeleton

SAME = """
Marcos ماركوس، Merkel ميركل، Zelensky زيلينسكي، Putin بوتين، Erdogan أردوغان، Erdoğan إردوغان،
Imelda إيميلدا، Zadira زاديرا، Ramos راموس، Macron ماكرون، Trump ترامب، Biden بايدن،
Netanyahu نتنياهو، Johnson جونسون، Sarkozy ساركوزي، Berlusconi برلسكوني، Schroeder شرودر،
Gorbachev غورباتشوف، Khrushchev خروتشوف، Michelle ميشيل، Philip فيليب، Joseph جوزيف، George جورج،
Charles تشارلز، Richard ريتشارد، Francis فرانسيس، Rodriguez رودريغيز، Facebook فيسبوك،
Microsoft مايكروسوفت، Boeing بوينغ، Alexander ألكسندر، Elizabeth إليزابيث، Mexico المكسيك،
Texas تكساس، Manchester مانشستر، Liverpool ليفربول، Vladimir فلاديمير، Lavrov لافروف،
Thatcher تاتشر، Smith سميث، Arthur آرثر، Gaddafi القذافي، Mubarak مبارك، Bouteflika بوتفليقة،
Benghazi بنغازي، Tikrit تكريت، Chavez تشافيز، Churchill تشرشل، Tchaikovsky تشايكوفسكي،
Vincent فنسنت، Patrice باتريس، Florence فلورنسا، Valencia فالنسيا، Bordeaux بوردو،
Prigozhin بريغوجين، Milosevic ميلوسيفيتش، Djamel جمال، Jinping جينبينغ، Xinjiang شينجيانغ،
Christian كريستيان، Ghannouchi الغنوشي، Sharif شريف، Musharraf مشرف، Stoltenberg ستولتنبرغ
"""
PAIRS = [pair.split() for pair in SAME.split("،")]


@pytest.mark.parametrize(("latin", "other"), PAIRS)
def test_a_name_has_one_skeleton_in_both_scripts(latin: str, other: str) -> None:
    (one,), (same,) = arabic.words(latin), arabic.words(other)
    assert skeleton(one) == skeleton(same) != ""


@pytest.mark.parametrize(
    "spellings",
    [
        "غورباتشوف جورباتشوف Gorbachev Gorbatchev Gorbachov",
        "الغنوشي Ghannouchi Ghanushi",
        "القذافي Gaddafi Qadhafi Kadhafi Qaddafi",
        "تشايكوفسكي Tchaikovsky Tschaikovskij Chaikovsky",
        "بوتفليقة Bouteflika Boutefliqa",
        "پوتين بوتين Putin Poutine",
    ],
)
def test_ways_to_write_one_name_have_one_skeleton(spellings: str) -> None:
    words = arabic.words(spellings)
    assert len({skeleton(word) for word in words}) == 1
    assert skeleton(words[0]) != ""


@pytest.mark.parametrize(
    "word",
    ["أوباما", "Obama", "google", "غوغل", "bush", "بوش", "aeiou", "واي", "", "1979", "أ", "x"],
)
def test_a_name_of_fewer_than_three_consonants_has_no_skeleton(word: str) -> None:
    assert skeleton(arabic.fold(word)) == ""


@pytest.mark.parametrize("article", ["ال", "وال", "بال", "لل"])
@pytest.mark.parametrize("name", ["قذافي", "غنوشي", "مكسيك", "فلوجه"])
def test_the_arabic_article_is_no_part_of_a_name(article: str, name: str) -> None:
    assert skeleton(article + name) == skeleton(name)


def test_vowels_and_doubled_consonants_do_not_count() -> None:
    assert skeleton("marcos") == skeleton("maarracoosss") == skeleton("mrks")
    assert skeleton("ماركوس") == skeleton("مركس")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Merkel", "ماكرون"),
        ("Marcos", "مادورو"),
        ("Putin", "بايدن"),
        ("Ramos", "رونالدو"),
        ("Texas", "تونس"),
        ("Chavez", "سارتر"),
    ],
)
def test_different_names_have_different_skeletons(one: str, other: str) -> None:
    assert skeleton(arabic.fold(one)) != skeleton(arabic.fold(other))


def test_most_names_of_the_thesaurus_have_a_skeleton_that_few_others_have() -> None:
    latin: dict[str, set[str]] = {}
    for line in FOLDER.joinpath("names.txt").read_text("utf-8").splitlines():
        words = arabic.words(line.split("=")[1].split("|")[0])
        if len(words) == 1 and skeleton(words[0]):
            latin.setdefault(skeleton(words[0]), set()).add(words[0])
    names = [name for alike in latin.values() for name in alike]
    alone = [name for alike in latin.values() for name in alike if len(alike) == 1]
    assert len(names) > 1000
    assert len(alone) > 0.7 * len(names)


@given(st.text().map(arabic.words))
def test_a_skeleton_is_three_or_more_classes_none_twice_in_a_row(words: list[str]) -> None:
    for word in words:
        assert re.fullmatch(r"(?:([BFDTKLMNRSZ])(?!\1)){3,}|", skeleton(word))
