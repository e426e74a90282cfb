"""How much a stem or a concept tells."""

from pathlib import Path

import pytest

from retrieval.errors import EncoderError
from retrieval.rarity import Rarity

TEXTS = ["أوروبا والمطر"] * 30 + ["القارة العجوز والثلج"] * 20 + ["شمس"] * 50


@pytest.fixture
def counted(tmp_path: Path) -> Rarity:
    Rarity.counted(TEXTS).save(tmp_path / "stems.txt")
    return Rarity.load(tmp_path / "stems.txt")


def test_the_rarer_tells_more(counted: Rarity) -> None:
    idf = counted.within(0, lambda _: 0)
    assert idf("ثلج") > idf("مطر") > idf("شمس") > 0


def test_a_concept_is_as_common_as_all_its_expressions_together(counted: Rarity) -> None:
    idf = counted.within(0, lambda _: 0)
    assert idf("#اوروبا") == pytest.approx(idf("شمس"))  # 30 and 20 passages; 50


def test_the_counts_of_a_large_archive_weigh_more(counted: Rarity) -> None:
    small = counted.within(10, lambda _: 10)
    large = counted.within(100_000, lambda _: 10)
    assert large("ثلج") > small("ثلج")


def test_the_shipped_counts_know_common_concepts_from_rare_ones() -> None:
    idf = Rarity.load().within(0, lambda _: 0)
    assert idf("#نيجيريا") > idf("#روسيا") > 1


@pytest.mark.parametrize("text", ["", "x", "3\nكلمة", "3\nكلمة\tكثير"])
def test_damaged_counts_are_an_error_by_their_path(tmp_path: Path, text: str) -> None:
    path = tmp_path / "stems.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EncoderError, match=r"stems\.txt"):
        Rarity.load(path)
