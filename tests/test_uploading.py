"""Admins add articles from the chat: shown as they would be, then added, replaced or discarded."""

import io
import json
import os
import time
import tomllib
import zipfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from string import Formatter

import aiosqlite
import pytest
from botapi_rules import JsonDict
from conftest import silent
from fakes import StoredMessage
from house import ADMIN_ID, House, house, story, write

from bot.composing import MESSAGE_LIMIT, utf16_length
from bot.editing_texts import ARABIC, ENGLISH, EditingTexts, editing_texts
from bot.preview_cards import RELOAD, Looked, article_card, summary
from bot.texts import ARABIC as READER
from bot.texts import ENGLISH as READER_ENGLISH
from bot.texts import has_arabic
from bot.uploads import KEPT, KEPT_SECONDS, Upload, Uploads
from retrieval.additions import Preview, add, preview
from retrieval.articles import Corpus, Remark, Skipped
from retrieval.articles.packages import MAX_PACKAGE, Reason
from retrieval.articles.withdrawals import withdraw
from retrieval.documents import AlsoIn, Article, Basis, Passage, Relation, Source
from retrieval.encoder import BUNDLED
from retrieval.errors import CorpusError
from retrieval.publishing import publish_new

NEW = story("القمر الصناعي").encode()
SOURCES = '# ours\n["article0"]\nsource = "الجزيرة"  # said by the editor\n'


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, subject in enumerate(("الزلزال", "الانتخابات", "المعرض")):
        write(corpus, f"article{number}", story(subject))
    line = {"_id": "inside", "title": "من مجموعة", "text": "نص المقال الذي في المجموعة."}
    (corpus / "many.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    (corpus / "sources.toml").write_text(SOURCES, encoding="utf-8")
    publish_new(folder / "var", [corpus], BUNDLED, silent)
    return folder


@pytest.fixture
async def bot(built: Path, tmp_path: Path) -> AsyncIterator[House]:
    async with house(built, tmp_path) as one:
        yield one


def packed(**files: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        for name, content in files.items():
            package.writestr(name, content)
    return written.getvalue()


async def send(
    bot: House, name: str, content: bytes, caption: str = "", messages: int = 2
) -> list[StoredMessage]:
    """Send a file as the admin, and return what the bot says to it."""
    count = len(bot.api.bot_messages(ADMIN_ID))
    await bot.admin.document(name, content, caption)
    return (await bot.api.wait_for_messages(ADMIN_ID, count + messages, timeout=20))[count:]


async def press(bot: House, message: StoredMessage, button: str) -> str:
    """Press a button of a summary, and return what the summary says then."""
    before = message.edited
    await bot.admin.press(message, button)
    await bot.api.wait_until(lambda: message.edited > before, timeout=20)
    return message.text


async def audit(bot: House) -> list[str]:
    async with (
        aiosqlite.connect(bot.data / "state.sqlite") as state,
        state.execute("SELECT user, action FROM audit ORDER BY at") as rows,
    ):
        found = [tuple(row) async for row in rows]
    assert {user for user, _ in found} <= {ADMIN_ID}
    return [action for _, action in found]


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


async def test_an_article_is_shown_as_it_would_be_then_added_and_answered_from(bot: House) -> None:
    card, told = await send(bot, "new.txt", NEW, "المصدر: رويترز\nالتاريخ: ٢٠٢١-٠٣-٣٠")
    assert card.entities_of("bold") == ["خبر عن القمر الصناعي"]
    assert "\u2068رويترز\u2069 (from the archive's editor)" in card.text
    assert "\u206830 March 2021\u2069 (from the archive's editor), to the day" in card.text
    (quoted,) = card.entities_of("expandable_blockquote")
    assert quoted in NEW.decode()
    assert "new" in card.entities_of("code")
    assert told.text == ENGLISH.upload.format(name="\u2068new.txt\u2069", count=1)
    assert not (bot.corpus / "new.txt").exists()
    assert (await press(bot, told, "Add")) == ENGLISH.upload_added.format(count=1)
    assert (bot.corpus / "new.txt").read_bytes() == NEW
    said = (bot.corpus / "sources.toml").read_text(encoding="utf-8")
    assert said.startswith(SOURCES)
    assert tomllib.loads(said)["new"] == {"source": "رويترز", "published": "2021-03-30"}
    assert await audit(bot) == ["upload", "add"]
    await bot.admin.press(told, RELOAD)
    progress = (await bot.api.wait_for_messages(ADMIN_ID, 3))[2]
    assert "1 added" in await bot.ended(progress)
    await bot.reader.send("كم حالة ذكرها الخبراء عن القمر الصناعي؟")
    (answer,) = await bot.api.wait_for_messages(bot.reader.id, 1)
    assert "new" in answer.entities_of("code")
    assert "رويترز" in answer.text


async def test_what_is_discarded_leaves_nothing(bot: House) -> None:
    before = files_of(bot.corpus)
    _, told = await send(bot, "new.txt", NEW, "source: Reuters")
    assert await press(bot, told, "Discard") == ENGLISH.upload_discarded
    assert told.buttons == []
    assert files_of(bot.corpus) == before
    assert list((bot.data / "uploads").iterdir()) == []
    assert await audit(bot) == ["upload", "discard"]


async def test_an_id_of_the_corpus_is_replaced_only_by_the_button_that_says_so(bot: House) -> None:
    other = "---\ntitle: زلزال آخر\n---\n\nنص جديد تماما عن الحادثة نفسها.\n".encode()
    _, told = await send(bot, "article0.md", other)
    assert ENGLISH.upload_replaces.format(names="\u2068article0.txt\u2069") in told.text
    assert [button["text"] for button in told.buttons] == ["Replace", "Discard"]
    assert (bot.corpus / "article0.txt").is_file()
    assert await press(bot, told, "Replace") == ENGLISH.upload_added.format(count=1)
    assert not (bot.corpus / "article0.txt").exists()
    assert (bot.corpus / "article0.md").read_bytes() == other
    titles = {article.id: article.title for article in Corpus([bot.corpus])}
    assert titles["article0"] == "زلزال آخر"


async def test_an_id_that_came_into_the_corpus_meanwhile_is_asked_about_again(bot: House) -> None:
    _, told = await send(bot, "new.txt", NEW)
    write(bot.corpus, "new", story("شيء آخر"))
    again = await press(bot, told, "Add")
    assert ENGLISH.upload_replaces.format(names="\u2068new.txt\u2069") in again
    assert (bot.corpus / "new.txt").read_text(encoding="utf-8") == story("شيء آخر")
    await press(bot, told, "Replace")
    assert (bot.corpus / "new.txt").read_bytes() == NEW


async def test_an_article_of_a_collection_is_not_replaced(bot: House) -> None:
    _, told = await send(bot, "inside.txt", NEW)
    assert ENGLISH.upload_elsewhere.format(ids="\u2068inside\u2069") in told.text
    assert [button["text"] for button in told.buttons] == ["Discard"]


async def test_near_duplicates_of_the_archive_are_named(bot: House) -> None:
    copy = story("الزلزال").replace("أمس", "اليوم")
    card, _ = await send(bot, "other.txt", copy.encode())
    assert ENGLISH.alike in card.text
    assert "article0" in card.entities_of("code")
    assert READER_ENGLISH.relations[Relation.COPY] in card.text
    card, _ = await send(
        bot, "strange.txt", "عنوان\n\nكلام لم يقله أحد من قبل في أي صحيفة.".encode()
    )
    assert ENGLISH.alike not in card.text


async def test_a_package_is_shown_in_part_and_added_whole(bot: House) -> None:
    files = {f"sub/p{number}.txt": story(f"موضوع رقم {number}").encode() for number in range(5)}
    package = packed(**files, **{"sub/bad.txt": b"\x89PNG\xff\xfe\x00\xfb"})
    *cards, told = await send(bot, "all.zip", package, "source: Reuters", messages=4)
    assert [card.entities_of("code")[0] for card in cards] == ["p0", "p1", "p2"]
    assert ENGLISH.upload_shown.format(count=3) in told.text
    assert "\u2068sub/bad.txt\u2069" in told.text
    await press(bot, told, "Add")
    assert {name: (bot.corpus / name).read_bytes() for name in files} == files
    sources = {article.id: article.source.name for article in Corpus([bot.corpus])}
    assert all(sources[f"p{number}"] == "Reuters" for number in range(5))


async def test_what_cannot_be_taken_is_told(bot: House) -> None:
    async def said(name: str, content: bytes, caption: str = "") -> str:
        (told,) = await send(bot, name, content, caption, messages=1)
        assert told.buttons == []
        return told.text

    refused = ENGLISH.refusals
    assert await said("a.exe", b"MZ") == refused[Reason.KIND].format(what="\u2068a.exe\u2069")
    name = "../../etc/cron.txt"
    evil = packed(**{name: b"x"})
    assert await said("a.zip", evil) == refused[Reason.NAME].format(what=f"\u2068{name}\u2069")
    assert "I do not understand this line" in await said("a.txt", NEW, "please add")
    assert "\u2068a.txt: " in await said("a.txt", b"\x89PNG\xff\xfe\x00\xfb")
    assert await said("big.txt", b"x" * (MAX_PACKAGE + 1)) == refused[Reason.SIZE].format(
        what="\u2068big.txt\u2069"
    )
    assert "evidence does not occur" in await said(
        "a.txt", NEW, "published: 2021\nevidence: لم يقل أحد هذا"
    )
    assert "rename the file" in await said("default.txt", NEW, "source: Reuters")
    two = packed(**{"a.txt": NEW, "b.txt": story("شيء").encode()})
    assert "of one article only" in await said("a.zip", two, "title: عنوان")
    assert not (bot.data / "uploads").exists()
    assert await audit(bot) == []


async def test_a_file_that_telegram_does_not_hand_over_is_told(bot: House) -> None:
    bot.api.fail_next("getFile", 400, "Bad Request: file is temporarily unavailable")
    (told,) = await send(bot, "new.txt", NEW, messages=1)
    assert told.text == ENGLISH.upload_not_fetched


async def test_buttons_outlive_a_restart_and_know_what_is_gone(built: Path, tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "var" / "uploads")
    token = uploads.put(Upload(ADMIN_ID, time.time(), "new.txt", {}), {"new.txt": NEW})
    async with house(built, tmp_path) as bot:
        await bot.admin.send("/status")
        (message,) = await bot.api.wait_for_messages(ADMIN_ID, 1)
        unknown = f"up:add:{'0' * 16}"
        for number, data in enumerate((unknown, f"up:add:{token}", f"up:add:{token}")):
            await bot.admin.send_update(callback(bot, message, data, ADMIN_ID))
            answered = number + 1
            await bot.api.wait_for_call("answerCallbackQuery", answered, timeout=20)
        said = [answer.text for answer in bot.api.answers_to_callbacks]
        assert said == [ENGLISH.upload_gone, "", ENGLISH.upload_gone]
        assert (bot.corpus / "new.txt").read_bytes() == NEW


def callback(bot: House, message: StoredMessage, data: str, user: int) -> JsonDict:
    """A press of a button that is no longer under the message, as after a restart."""
    query = {
        "id": bot.api.new_query_id(),
        "from": bot.api.users[user].as_json,
        "message": bot.api.message_json(message),
        "chat_instance": "1",
        "data": data,
    }
    return {"callback_query": query}


async def test_only_who_sent_a_file_decides_on_it(bot: House) -> None:
    token = Uploads(bot.data / "uploads").put(
        Upload(ADMIN_ID + 1, time.time(), "new.txt", {}), {"new.txt": NEW}
    )
    _, told = await send(bot, "mine.txt", NEW)
    for data, user in ((f"up:add:{token}", ADMIN_ID), (told.buttons[0]["callback_data"], None)):
        await bot.reader.send_update(callback(bot, told, data, user or bot.reader.id))
    await bot.reader.send_update(callback(bot, told, RELOAD, bot.reader.id))
    await bot.api.wait_until(lambda: len(bot.api.answers_to_callbacks) == 3)
    said = {answer.text for answer in bot.api.answers_to_callbacks}
    assert said == {ENGLISH.upload_not_yours}
    assert not (bot.corpus / "new.txt").exists()
    assert not (bot.corpus / "mine.txt").exists()
    assert len(bot.api.bot_messages(ADMIN_ID)) == 2


async def test_buttons_of_a_message_that_telegram_shows_no_more_still_work(bot: House) -> None:
    _, told = await send(bot, "new.txt", NEW)
    for number, data in enumerate(("up:nonsense", told.buttons[0]["callback_data"])):
        update = callback(bot, told, data, ADMIN_ID)
        shown = {name: update["callback_query"]["message"][name] for name in ("chat", "message_id")}
        update["callback_query"]["message"] = shown | {"date": 0}
        await bot.admin.send_update(update)
        await bot.api.wait_for_call("answerCallbackQuery", number + 1)
    said = [answer.text for answer in bot.api.answers_to_callbacks]
    assert said == [ENGLISH.upload_gone, ""]
    await bot.api.wait_until(lambda: told.text == ENGLISH.upload_added.format(count=1), timeout=20)
    assert (bot.corpus / "new.txt").read_bytes() == NEW


async def test_a_reader_who_sends_a_file_learns_nothing(bot: House) -> None:
    await bot.reader.document("new.txt", NEW)
    (told,) = await bot.api.wait_for_messages(bot.reader.id, 1)
    assert told.text == READER_ENGLISH.only_text


async def test_pressing_twice_adds_once(bot: House) -> None:
    _, told = await send(bot, "new.txt", NEW)
    await bot.admin.press(told, "Add")
    await bot.admin.press(told, "Add")
    await bot.api.wait_until(lambda: len(bot.api.answers_to_callbacks) == 2, timeout=20)
    assert sorted(one.text for one in bot.api.answers_to_callbacks) == ["", ENGLISH.upload_gone]
    assert await audit(bot) == ["upload", "add"]


async def test_a_withdrawn_id_is_told(bot: House) -> None:
    await bot.admin.send("/withdraw article0")
    await bot.api.wait_for_messages(ADMIN_ID, 1)
    _, told = await send(bot, "article0.txt", NEW)
    assert ENGLISH.upload_withdrawn.format(ids="\u2068article0\u2069") in told.text


async def test_a_sources_file_that_is_wrong_stops_adding_and_says_so(bot: House) -> None:
    _, told = await send(bot, "new.txt", NEW, "source: Reuters")
    (bot.corpus / "sources.toml").write_text("no toml", encoding="utf-8")
    text = await press(bot, told, "Add")
    assert "not readable as TOML" in text
    assert str(bot.corpus) not in text
    assert [button["text"] for button in told.buttons] == ["Add", "Discard"]
    assert not (bot.corpus / "new.txt").exists()
    (bot.corpus / "sources.toml").write_text(SOURCES, encoding="utf-8")
    assert await press(bot, told, "Add") == ENGLISH.upload_added.format(count=1)


async def test_a_corpus_of_one_file_takes_none(tmp_path: Path, built: Path) -> None:
    async with house(built, tmp_path, corpus="corpus/many.jsonl") as bot:
        (told,) = await send(bot, "new.txt", NEW, messages=1)
        assert told.text == ENGLISH.upload_needs_folder


def none(_ids: Sequence[str]) -> list[str]:
    return []


def other(ids: Sequence[str]) -> list[str]:
    return [one for one in ids if one == "other"]


def test_what_is_shown_is_what_the_corpus_reads_afterwards(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sources.toml").write_text('[default]\nsource = "أ"\n', encoding="utf-8")
    (tmp_path / "sub" / "sources.toml").write_text('[x]\ntitle = "من المحرر"\n', encoding="utf-8")
    files = {"sub/x.txt": NEW, "y.txt": story("المعرض").encode()}
    caption = {"published": "2020"}
    found = preview(tmp_path, files, caption, none)
    add(tmp_path, files, caption, [article.id for article in found.articles], {})
    assert tuple(Corpus([tmp_path])) == found.articles
    assert {article.source.name for article in found.articles} == {"أ"}
    assert "من المحرر" in {article.title for article in found.articles}
    assert found.remarks == ()


def test_all_files_are_added_or_none(tmp_path: Path) -> None:
    write(tmp_path, "old", "قديم")
    (tmp_path / "sources.toml").write_text(SOURCES, encoding="utf-8")
    (tmp_path / "z.txt").mkdir()  # so that the last file cannot be written
    before = files_of(tmp_path)
    files = {"a.txt": NEW, "old.txt": NEW, "z.txt": NEW}
    with pytest.raises(OSError, match="directory"):
        add(tmp_path, files, {"source": "أ"}, ["a"], {"old.txt": before["old.txt"]})
    assert files_of(tmp_path) == before


def test_a_link_does_not_lead_out_of_the_corpus(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "sub").symlink_to(outside)
    with pytest.raises(CorpusError, match="out of the corpus"):
        add(corpus, {"sub/a.txt": NEW}, {}, ["a"], {})
    assert list(outside.iterdir()) == []


def test_a_collection_that_is_sent_again_replaces_itself(tmp_path: Path) -> None:
    line = json.dumps({"_id": "one", "title": "", "text": "نص"}).encode()
    (tmp_path / "many.jsonl").write_bytes(line)
    found = preview(
        tmp_path, {"many.jsonl": line + b"\n"}, {}, lambda ids: list({"one"} & set(ids))
    )
    assert (found.replaced, found.elsewhere) == (("many.jsonl",), ())


def test_uploads_are_kept_for_a_day_and_not_without_end(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads")
    old = uploads.put(Upload(1, time.time() - KEPT_SECONDS - 1, "a.txt", {}), {"a.txt": NEW})
    assert uploads.get(old) is None
    past = time.time() - KEPT_SECONDS - 1
    os.utime(tmp_path / "uploads" / f"{old}.zip", (past, past))
    upload = Upload(1, time.time(), "a.txt", {"source": "أ"})
    tokens = [uploads.put(upload, {"sub/a.txt": NEW}) for _ in range(KEPT + 3)]
    assert not (tmp_path / "uploads" / f"{old}.zip").exists()
    assert len(list((tmp_path / "uploads").iterdir())) == KEPT
    assert uploads.get(tokens[-1]) == (upload, {"sub/a.txt": NEW})
    uploads.drop(tokens[-1])
    assert uploads.get(tokens[-1]) is None
    (tmp_path / "uploads" / f"{tokens[-2]}.zip").write_bytes(b"damaged")
    assert uploads.get(tokens[-2]) is None


def test_a_card_of_what_was_sent_fits_into_a_message_however_long_everything_is() -> None:
    long = "🙂" * 5000
    article = Article(
        long,
        long,
        long,
        source=Source(long, Basis.EDITOR),
        url=long,
        dropped=(long,) * 50,
    )
    also = [AlsoIn(article, 1, Relation.COPY)] * 50
    looked = Looked(article, Passage(long, 0, 0, 5000, long), also)
    for texts, editing in ((READER, ARABIC), (READER_ENGLISH, ENGLISH)):
        assert utf16_length(article_card(looked, texts, editing).text) <= MESSAGE_LIMIT


def test_a_summary_fits_into_a_message_however_much_is_found() -> None:
    article = Article("id", "", "متن")
    long = "🙂" * 300
    skipped = (Skipped(long, long),) * 500
    remarks = (Remark(long, long),) * 500
    found = Preview((article,) * 500, skipped, remarks, (long,) * 500, (long,) * 500)
    for editing in (ARABIC, ENGLISH):
        message = summary(long, found, [long] * 500, "0" * 16, editing)
        assert utf16_length(message.text) <= MESSAGE_LIMIT
        assert message.keyboard is not None
        (buttons,) = message.keyboard.inline_keyboard
        assert [button.text for button in buttons] == [editing.discard_button]


def test_a_file_is_replaced_for_what_is_in_it_not_for_its_name_alone(tmp_path: Path) -> None:
    own = "---\n_id: other\n---\n\nنص المقال هنا.\n"
    (tmp_path / "new.md").write_text(own, encoding="utf-8")
    assert [article.id for article in Corpus([tmp_path])] == ["other"]
    named_alike = preview(tmp_path, {"new.txt": NEW}, {}, none)
    assert (named_alike.replaced, named_alike.elsewhere) == ((), ())
    again = preview(tmp_path, {"new.md": own.encode()}, {}, other)
    assert (again.replaced, again.elsewhere) == (("new.md",), ())
    withdraw(tmp_path, "other", date(2026, 11, 22))
    again = preview(tmp_path, {"new.md": own.encode()}, {}, other)
    assert (again.replaced, again.elsewhere) == (("new.md",), ())
    moved = preview(tmp_path, {"moved.md": own.encode()}, {}, other)
    assert (moved.replaced, moved.elsewhere) == ((), ("other",))


@pytest.mark.parametrize("name", [field.name for field in fields(EditingTexts)])
def test_both_languages_say_the_same_with_the_same_gaps(name: str) -> None:
    arabic, english = getattr(ARABIC, name), getattr(ENGLISH, name)
    both = [(arabic, english)]
    if not isinstance(arabic, str):
        assert list(arabic) == list(english)
        both = [(arabic[key], english[key]) for key in arabic]
    for one, other in both:
        assert gaps(one) == gaps(other)
        assert name == "count" or has_arabic(one)
        assert not has_arabic(other)


def gaps(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


def test_every_reason_has_its_words() -> None:
    assert set(ARABIC.refusals) == set(ENGLISH.refusals) == set(Reason)
    assert editing_texts(None) is editing_texts("ar-EG") is ARABIC
    assert editing_texts("fr") is ENGLISH
