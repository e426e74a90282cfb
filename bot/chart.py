"""The archive by source and by year as a picture: bars, from right to left in Arabic."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from bot.editing_texts import EditingTexts
from bot.texts import Texts
from retrieval.overview import Overview

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

_FONT = str(Path(__file__).parent / "fonts" / "Amiri-Regular.ttf")
_SOURCES = 12
_YEARS = 20

_WIDTH, _MARGIN = 1000, 40  # pixels
_LABEL, _COUNT = 320, 90  # of a row, for its name and for its number
_ROW, _BAR = 44, 24
_SIZE, _TITLE_SIZE = 24, 32
_PAPER, _INK, _PALE, _FILL = "#ffffff", "#1c1c1c", "#8a8a8a", "#2f6f73"

_Rows = Sequence[tuple[str, int, str]]  # name, number, colour


def chart(overview: Overview, texts: Texts, editing: EditingTexts) -> bytes | None:
    """Draw a PNG; None where the machine cannot shape Arabic."""
    return _png(overview, texts, editing) if can_shape() else None


def can_shape() -> bool:
    """Say whether Pillow joins and orders Arabic letters: it needs the system's libfribidi."""
    from PIL import features

    return bool(features.check("raqm"))


def _png(overview: Overview, texts: Texts, editing: EditingTexts) -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    panels: list[tuple[str, _Rows]] = []
    sources = [(name, count, _FILL) for name, count in overview.sources[:_SOURCES]]
    rest = sum(count for _, count in overview.sources[_SOURCES:])
    if rest:
        more = editing.more_sources.format(count=len(overview.sources) - _SOURCES)
        sources.append((more, rest, _PALE))
    if overview.unknown:
        sources.append((editing.unknown_source, overview.unknown, _PALE))
    years = [(str(year), count, _FILL) for year, count in overview.years[-_YEARS:]]
    if overview.undated:
        years.append((editing.undated, overview.undated, _PALE))
    panels += [(editing.by_source, sources), (editing.by_year, years)]
    height = 2 * _MARGIN + _ROW + sum((len(rows) + 2) * _ROW for _, rows in panels)
    image = Image.new("RGB", (_WIDTH, height), _PAPER)
    page = _Page(
        ImageDraw.Draw(image),
        ImageFont.truetype(_FONT, _SIZE, layout_engine=ImageFont.Layout.RAQM),
        ImageFont.truetype(_FONT, _TITLE_SIZE, layout_engine=ImageFont.Layout.RAQM),
        leftward=texts.language == "ar",
    )
    page.heading(editing.overview.format(articles=texts.count_articles(overview.articles)))
    for title, rows in panels:
        page.down(_ROW)
        page.heading(title)
        page.bars(rows)
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


class _Page:
    """A picture that is filled from the top; x is counted from the side where lines begin."""

    def __init__(
        self, draw: "ImageDraw", font: "FreeTypeFont", large: "FreeTypeFont", *, leftward: bool
    ) -> None:
        self._draw, self._font, self._large = draw, font, large
        self._leftward = leftward
        self._y = _MARGIN

    def down(self, pixels: int) -> None:
        self._y += pixels

    def heading(self, text: str) -> None:
        self._text(_MARGIN, text, self._large)
        self.down(_ROW)

    def bars(self, rows: _Rows) -> None:
        """Draw a row for each: its name, its bar, its number at the end of the bar."""
        most = max((count for _, count, _ in rows), default=1)
        start = _MARGIN + _LABEL
        longest = _WIDTH - start - _COUNT - _MARGIN
        for name, count, colour in rows:
            self._text(_MARGIN, self._fitted(name), self._font)
            end = start + max(2, round(longest * count / most))
            top = self._y + (_ROW - _BAR) // 2
            corners = sorted((self._x(start), self._x(end)))
            self._draw.rectangle((corners[0], top, corners[1], top + _BAR), fill=colour)
            self._text(end + 12, str(count), self._font)
            self.down(_ROW)

    def _text(self, x: int, text: str, font: "FreeTypeFont") -> None:
        middle = self._y + _ROW // 2
        anchor = "rm" if self._leftward else "lm"
        self._draw.text((self._x(x), middle), text, fill=_INK, font=font, anchor=anchor)

    def _x(self, x: int) -> int:
        return _WIDTH - x if self._leftward else x

    def _fitted(self, text: str) -> str:
        text = " ".join(text.split())[:_LABEL]
        if self._font.getlength(text) <= _LABEL - 12:
            return text
        while text and self._font.getlength(f"{text}…") > _LABEL - 12:
            text = text[:-1]
        return f"{text.rstrip()}…"
