"""The names of the months, folded (see arabic.fold), each with its number from 1 to 12."""

from collections.abc import Mapping, Sequence

from retrieval.arabic import fold


def _numbered(rows: Sequence[str]) -> Mapping[str, int]:
    """Return the names of twelve rows with the number of their row; a hyphen stands for a space."""
    return {
        fold(name).replace("-", " "): number
        for number, names in enumerate(rows, start=1)
        for name in names.split()
    }


# The Gulf and Egypt, the Levant and Iraq, Algeria and Tunisia, Morocco.
ARABIC_MONTHS = _numbered(
    (
        "يناير كانون-الثاني جانفي",
        "فبراير شباط فيفري",
        "مارس آذار",
        "أبريل إبريل نيسان أفريل",
        "مايو أيار ماي",
        "يونيو يونيه حزيران جوان",
        "يوليو يوليه تموز جويلية يوليوز",
        "أغسطس آب أوت غشت",
        "سبتمبر أيلول شتنبر",
        "أكتوبر تشرين-الأول",
        "نوفمبر تشرين-الثاني نونبر",
        "ديسمبر كانون-الأول دجنبر",
    )
)
LATIN_MONTHS = _numbered(
    (
        "January janvier",
        "February février",
        "March mars",
        "April avril",
        "May mai",
        "June juin",
        "July juillet",
        "August août",
        "September septembre",
        "October octobre",
        "November novembre",
        "December décembre",
    )
)
