"""What an admin is told of an article and of the archive as a whole."""

from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from conftest import silent
from fakes import BotApi
from house import ADMIN_ID, House, house, story, write
from PIL import Image

from bot.chart import can_shape, chart
from bot.composing import MESSAGE_LIMIT, utf16_length
from bot.dossier import article_message, file_name, overview_message
from bot.editing_texts import ARABIC, ENGLISH, EditingTexts
from bot.texts import ARABIC as READER
from bot.texts import ENGLISH as READER_ENGLISH
from bot.texts import Texts
from retrieval.documents import Article, Basis, Precision, Published, Source
from retrieval.encoder import BUNDLED
from retrieval.facets import Facets, FacetsWriter
from retrieval.overview import Overview
from retrieval.publishing import publish_new
from retrieval.retriever import Retriever

ARTICLE = Article(
    "002_bf51089687a09448",
    "عنوان",
    "متن المقال 🙂",
    source=Source("الجزيرة", Basis.EDITOR),
    published=Published("2021-06", Precision.MONTH, Basis.ESTIMATED),
    url="https://example.org/a",
    dropped=("القائمة", "التعليقات"),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, subject in enumerate(("الزلزال", "الانتخابات", "المعرض", "الميزانية")):
        write(corpus, f"article{number}", story(subject))
    (corpus / "sources.toml").write_text(
        '[article0]\nsource = "الجزيرة"\npublished = "2020-01-05"\n'
        '[article1]\nsource = "الأناضول"\npublished = "2021"\n'
        '[article2]\nsource = "الأناضول"\npublished = "2021-12"\n',
        encoding="utf-8",
    )
    publish_new(folder / "var", [corpus], BUNDLED, silent)
    return folder


@pytest.fixture
async def bot(built: Path, tmp_path: Path) -> AsyncIterator[House]:
    async with house(built, tmp_path) as one:
        yield one


def document(api: BotApi, place: int) -> tuple[str, bytes]:
    """The name and the bytes of the file in the bot's message at a place."""
    sent = api.bot_messages(ADMIN_ID)[place].media["document"]
    return sent["file_name"], api.files[sent["file_id"]].content


async def test_an_article_comes_with_its_provenance_and_its_body_byte_for_byte(bot: House) -> None:
    await bot.admin.send("/article article2")
    told, _ = await bot.api.wait_for_messages(ADMIN_ID, 2)
    article = await bot.archive.run(Retriever.article, "article2")
    assert document(bot.api, 1) == ("article2.txt", article.body.encode())
    assert told.entities_of("bold") == [article.title]
    assert told.entities_of("code") == ["article2"]
    assert "\u2068الأناضول\u2069 (from the archive's editor)" in told.text
    assert "\u2068December 2021\u2069 (from the archive's editor), to the month" in told.text
    assert f"Length: {len(article.body)} characters, 1 passages" in told.text
    assert ENGLISH.is_withdrawn not in told.text
    await bot.admin.send("/withdraw article2")
    await bot.api.wait_for_messages(ADMIN_ID, 3)
    await bot.admin.send("/article article2")
    told = (await bot.api.wait_for_messages(ADMIN_ID, 5))[3]
    assert ENGLISH.is_withdrawn in told.text


async def test_sources_tells_the_archive_by_source_and_by_year_and_shows_it(bot: House) -> None:
    await bot.admin.send("/sources")
    told, shown = await bot.api.wait_for_messages(ADMIN_ID, 2, timeout=30)
    assert told.text.splitlines() == [
        "The archive has 4 articles.",
        "",
        "By source:",
        "\u2068الأناضول\u2069: 2",
        "\u2068الجزيرة\u2069: 1",
        "\u2068source unknown\u2069: 1",
        "",
        "By year:",
        "\u20682020\u2069: 1",
        "\u20682021\u2069: 2",
        "\u2068date unknown\u2069: 1",
    ]
    file = bot.api.files[shown.media["photo"][0]["file_id"]]
    with Image.open(BytesIO(file.content)) as picture:
        assert (picture.format, picture.width) == ("PNG", 1000)


async def test_what_is_withdrawn_is_not_counted(bot: House) -> None:
    await bot.admin.send("/withdraw article0")
    await bot.api.wait_for_messages(ADMIN_ID, 1)
    await bot.admin.send("/sources")
    told = (await bot.api.wait_for_messages(ADMIN_ID, 2))[1]
    assert "3 articles" in told.text
    assert "الجزيرة" not in told.text
    assert "2020" not in told.text


def test_a_dossier_in_arabic_says_every_basis() -> None:
    message = article_message(ARTICLE, 3, READER, ARABIC, withdrawn=True)
    assert message.text.splitlines() == [
        "عنوان",
        "المصدر: \u2068الجزيرة\u2069 (من محرر الأرشيف)",
        "التاريخ: \u2068يونيو 2021\u2069 (تقدير محرر الأرشيف من نص المقال)، بدقة الشهر",
        "المقال الأصلي: \u2068https://example.org/a\u2069",
        "المعرف: \u2068002_bf51089687a09448\u2069",
        "الطول: 12 حرفا، 3 مقطعا",
        "من صفحته 2 سطرا ليست من المقال",
        ARABIC.is_withdrawn,
    ]


def test_nothing_is_made_up_of_an_article_of_which_nothing_is_known() -> None:
    bare = Article("id", "", "متن")
    text = article_message(bare, 1, READER_ENGLISH, ENGLISH, withdrawn=False).text
    assert text == (
        "id\nSource: unknown\nDate: unknown\nId: \u2068id\u2069\nLength: 3 characters, 1 passages"
    )


def test_a_dossier_fits_into_a_message_however_long_its_fields_are() -> None:
    long = "🙂" * 5000
    article = replace(ARTICLE, id=long, title=long, url=f"https://x/{long}", source=Source(long))
    message = article_message(article, 3, READER, ARABIC, withdrawn=True)
    assert utf16_length(message.text) <= MESSAGE_LIMIT


@pytest.mark.parametrize(
    ("article_id", "name"),
    [
        ("002_bf", "002_bf.txt"),
        ("../../etc/passwd", "_.._etc_passwd.txt"),
        ("...", "article.txt"),
        ("معرف 1\n", "معرف_1_.txt"),
        ("a" * 500, "a" * 60 + ".txt"),
    ],
)
def test_a_file_is_named_after_any_id(article_id: str, name: str) -> None:
    assert file_name(article_id) == name


def facets(tmp_path: Path, *published: str) -> Facets:
    writer = FacetsWriter()
    for number, value in enumerate(published):
        precision = {4: Precision.YEAR, 7: Precision.MONTH, 10: Precision.DAY}[len(value)]
        date = Published(value, precision, Basis.STATED)
        writer.add(Article("", "", "", source=Source(f"s{number}"), published=date), 1)
    writer.save(tmp_path / "facets.npz")
    return Facets(tmp_path / "facets.npz")


def test_years_before_the_epoch_and_days_at_the_ends_of_years(tmp_path: Path) -> None:
    found = facets(tmp_path, "1969-12-31", "1970-01-01", "1899", "2000-12-31", "2000-02")
    overview = Overview.of(found, np.ones(5, dtype=np.bool_))
    assert overview.years == ((1899, 1), (1969, 1), (1970, 1), (2000, 2))
    assert (overview.undated, overview.unknown) == (0, 0)


def test_an_archive_of_many_sources_and_years_fits_into_a_message(tmp_path: Path) -> None:
    writer = FacetsWriter()
    for number in range(500):
        date = Published(str(1500 + number), Precision.YEAR, Basis.STATED)
        source = Source(f"{'طويل جدا ' * 50}{number}", Basis.STATED)
        writer.add(Article("", "", "", source=source, published=date), 1)
    writer.save(tmp_path / "facets.npz")
    overview = Overview.of(Facets(tmp_path / "facets.npz"), np.ones(500, dtype=np.bool_))
    text = overview_message(overview, READER, ARABIC).text
    assert utf16_length(text) <= MESSAGE_LIMIT
    assert ARABIC.more_sources.format(count=470) in text
    assert "\u20681999\u2069: 1" in text


OVERVIEW = Overview(
    articles=9,
    undated=2,
    unknown=3,
    sources=(("الجزيرة", 4), ("BBC عربي", 2)),
    years=((2020, 4), (2021, 3)),
)
SHAPES = pytest.mark.skipif(not can_shape(), reason="Pillow finds no libfribidi")


def picture(overview: Overview, texts: Texts, editing: EditingTexts) -> Image.Image:
    drawn = chart(overview, texts, editing)
    assert drawn is not None
    return Image.open(BytesIO(drawn)).convert("RGB")


def coloured(image: Image.Image, colour: tuple[int, int, int]) -> list[tuple[int, int]]:
    """The first and the last column of each bar of a colour; edges of letters are narrower."""
    pixels = np.array(image)
    of_colour = (pixels == colour).all(axis=2)
    spans = [(int(row.argmax()), int(len(row) - row[::-1].argmax()) - 1) for row in of_colour]
    has = (of_colour.sum(axis=1) > 20).tolist()
    return [spans[y] for y in range(1, len(has)) if has[y] and not has[y - 1]]


@SHAPES
def test_bars_are_as_long_as_their_numbers_and_grow_leftwards_in_arabic() -> None:
    arabic = coloured(picture(OVERVIEW, READER, ARABIC), (47, 111, 115))
    english = coloured(picture(OVERVIEW, READER_ENGLISH, ENGLISH), (47, 111, 115))
    assert len(arabic) == len(english) == 4
    assert len({start for start, _ in english}) == 1
    assert len({end for _, end in arabic}) == 1
    for bars in (arabic, english):
        lengths = [end - start for start, end in bars]
        assert lengths[1] / lengths[0] == pytest.approx(2 / 4, abs=0.01)
        assert lengths[3] / lengths[2] == pytest.approx(3 / 4, abs=0.01)
    assert len(coloured(picture(OVERVIEW, READER, ARABIC), (138, 138, 138))) == 2


@SHAPES
def test_arabic_letters_are_joined_in_the_picture() -> None:
    """Four letters without dots that join are one piece of ink; apart they would be four."""
    from scipy.ndimage import label

    word = replace(OVERVIEW, unknown=0, undated=0, years=(), sources=(("محمد", 1),))
    drawn = np.array(picture(word, READER_ENGLISH, ENGLISH).convert("L"))
    beside_bar = np.flatnonzero(drawn[:, 365] < 200)
    names = drawn[beside_bar.min() - 10 : beside_bar.max() + 10, 30:350]
    assert label(names < 200, np.ones((3, 3)))[1] == 1


@SHAPES
def test_a_picture_of_an_empty_or_a_very_large_archive_can_be_drawn() -> None:
    empty = Overview(0, 0, 0, (), ())
    assert picture(empty, READER, ARABIC).width == 1000
    names = tuple((f"{'اسم طويل جدا ' * 30}{number}", 10**9) for number in range(500))
    years = tuple((1500 + number, 10**9) for number in range(500))
    large = picture(Overview(10**12, 5, 5, names, years), READER, ARABIC)
    assert large.height < 2500  # Telegram takes no picture whose sides add up to 10,000
