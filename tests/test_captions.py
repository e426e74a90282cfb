"""A caption says what sources.toml would."""

import pytest

from retrieval.articles.captions import read_caption
from retrieval.errors import CorpusError


@pytest.mark.parametrize(
    ("caption", "said"),
    [
        ("", {}),
        ("source: Reuters\npublished: 2021-03", {"source": "Reuters", "published": "2021-03"}),
        (
            "المصدر: الجزيرة\n\nالتاريخ: ٢٠٢١-٠٣-٣٠",
            {"source": "الجزيرة", "published": "2021-03-30"},
        ),
        ("  Source :  a: b ", {"source": "a: b"}),
        ("\u200fالمصدر\u200f: الجزيرة", {"source": "الجزيرة"}),
        ("url: https://a.b/c\ntitle: ع", {"url": "https://a.b/c", "title": "ع"}),
        ("date: 2021\nالدليل: قال", {"published": "2021", "evidence": "قال"}),
    ],
)
def test_a_line_is_a_field(caption: str, said: dict[str, str]) -> None:
    assert read_caption(caption) == said


@pytest.mark.parametrize(
    ("caption", "line"),
    [
        ("شكرا", "شكرا"),
        ("author: me", "author: me"),
        ("source:", "source:"),
        ("source: a\nالمصدر: b", "المصدر: b"),
        ("published: yesterday", "published: yesterday"),
        ("التاريخ: 2021-13-01", "التاريخ: 2021-13-01"),
        ("evidence: so he said", "so he said"),
    ],
)
def test_a_line_that_is_none_is_told(caption: str, line: str) -> None:
    with pytest.raises(CorpusError) as told:
        read_caption(caption)
    assert str(told.value) == line
