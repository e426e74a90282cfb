"""An article that is withdrawn is gone from answers at once, and from the archive with a reload."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import aiosqlite
import pytest
from conftest import silent
from fakes import StoredMessage
from house import ADMIN_ID, House, house, story, write

from bot.admin_texts import ENGLISH as ADMIN
from bot.editing_texts import ARABIC, ENGLISH
from bot.texts import ARABIC as READER
from bot.texts import ENGLISH as READER_ENGLISH
from retrieval.articles import Corpus
from retrieval.articles.withdrawals import FILE_NAME, read_withdrawn, restore, withdraw
from retrieval.documents import Outcome, Restriction
from retrieval.encoder import BUNDLED, Encoder
from retrieval.errors import CorpusError
from retrieval.opening import open_retriever
from retrieval.publishing import is_current, publish_new
from retrieval.retriever import Ranker

QUAKE = "كم حالة ذكرها الخبراء عن الزلزال؟"
LONG = " ".join(f"قال المصدر رقم {number} إن الزلزال كان قويا في المدينة." for number in range(30))
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus and its generation: two reports of an earthquake in the same words, and others."""
    folder = tmp_path_factory.mktemp("built")
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, subject in enumerate(("الزلزال", "الانتخابات", "المعرض", "الميزانية")):
        write(corpus, f"article{number}", story(subject))
    write(corpus, "copy", story("الزلزال"))
    write(corpus, "long", f"تفاصيل\n\n{LONG}")
    (corpus / "sources.toml").write_text(
        '[article0]\nsource = "الجزيرة"\npublished = "2020-01-05"\n'
        '[article1]\nsource = "الأناضول"\npublished = "2021"\n'
        '[article2]\nsource = "الأناضول"\npublished = "2021-12"\n'
        '[copy]\nsource = "رويترز"\npublished = "2021-03-30"\n',
        encoding="utf-8",
    )
    publish_new(folder / "var", [corpus], BUNDLED, silent)
    return folder


@pytest.fixture
async def bot(built: Path, tmp_path: Path) -> AsyncIterator[House]:
    async with house(built, tmp_path) as one:
        yield one


async def ask(bot: House, question: str = QUAKE) -> StoredMessage:
    count = len(bot.api.bot_messages(bot.reader.id)) + 1
    await bot.reader.send(question)
    return (await bot.api.wait_for_messages(bot.reader.id, count))[-1]


async def command(bot: House, text: str) -> str:
    count = len(bot.api.bot_messages(ADMIN_ID)) + 1
    await bot.admin.send(text)
    return (await bot.api.wait_for_messages(ADMIN_ID, count))[-1].text


async def test_a_withdrawn_article_is_in_no_answer_from_that_moment_on(bot: House) -> None:
    before = await ask(bot)
    assert "article0" in before.entities_of("code")
    copies = READER.other_sources.format(count=4)
    assert copies in [button["text"] for button in before.buttons]
    told = await command(bot, "/withdraw article0")
    assert told.startswith("Article \u2068article0\u2069 is withdrawn")
    assert "\u2068copy\u2069" in told  # a copy that stays
    after = await ask(bot)
    assert "copy" in after.entities_of("code")
    assert "article0" not in after.text
    assert "الجزيرة" not in after.text
    told = await command(bot, "/withdraw copy")
    last = (await ask(bot)).text
    assert not any(word in last for word in ("رويترز", "الجزيرة", "تحدث الخبراء عن الزلزال"))


async def test_buttons_of_a_withdrawn_article_say_so(bot: House) -> None:
    card = await ask(bot)
    await bot.reader.press(card, READER.other_sources.format(count=4))
    listed = (await bot.api.wait_for_messages(bot.reader.id, 2))[1]
    (line,) = [line for line in listed.text.splitlines() if "رويترز" in line]
    await command(bot, "/withdraw copy")
    await bot.reader.press(listed, READER_ENGLISH.open_number.format(number=line.split(".")[0]))
    await bot.api.wait_for_call("answerCallbackQuery", 2)
    assert bot.api.answers_to_callbacks[1].text == READER_ENGLISH.withdrawn
    assert len(bot.api.bot_messages(bot.reader.id)) == 2
    await command(bot, "/withdraw article0")
    await bot.reader.press(card, READER.whole_article)
    await bot.api.wait_for_call("answerCallbackQuery", 3)
    assert bot.api.answers_to_callbacks[2].text == READER_ENGLISH.withdrawn


async def test_it_is_remembered_by_a_bot_that_starts_before_a_reload(
    bot: House, encoder: Encoder
) -> None:
    await command(bot, "/withdraw article0")
    retriever = open_retriever(bot.data, [bot.corpus], encoder)
    try:
        assert retriever.answer(QUAKE).hits[0].article.id == "copy"
    finally:
        retriever.close()
    assert not is_current(bot.data, [bot.corpus], encoder)  # so the start indexes again


async def test_a_reload_takes_it_out_of_the_archive_and_a_restored_one_comes_back(
    bot: House,
) -> None:
    await command(bot, "/withdraw article0")
    await bot.admin.send("/reload")
    told = (await bot.api.wait_for_messages(ADMIN_ID, 2))[1]
    ending = await bot.ended(told)
    assert "0 added, 0 changed, 1 removed, 5 unchanged, 1 skipped" in ending
    assert "withdrawn on" in ending
    no_article = ENGLISH.no_article.format(id="\u2068article0\u2069")
    assert await command(bot, "/article article0") == no_article
    later = ENGLISH.restored_later.format(id="\u2068article0\u2069")
    assert await command(bot, "/restore article0") == later
    await bot.admin.send("/reload")
    told = (await bot.api.wait_for_messages(ADMIN_ID, 5))[4]
    assert "1 added" in await bot.ended(told)
    assert "article0" in (await ask(bot)).entities_of("code")


async def test_restoring_before_a_reload_brings_it_back_at_once(bot: House) -> None:
    await command(bot, "/withdraw article0")
    told = await command(bot, "/restore article0")
    assert told == ENGLISH.restored.format(id="\u2068article0\u2069")
    assert "article0" in (await ask(bot)).text
    assert read_withdrawn([bot.corpus]) == {}
    again = await command(bot, "/restore article0")
    assert again == ENGLISH.not_withdrawn.format(id="\u2068article0\u2069")


async def test_what_cannot_be_withdrawn_is_told(bot: House) -> None:
    assert await command(bot, "/withdraw") == ENGLISH.which_article.format(command="/withdraw")
    unknown = ENGLISH.no_article.format(id="\u2068nobody\u2069")
    assert await command(bot, "/withdraw nobody") == unknown
    assert not (bot.corpus / FILE_NAME).exists()
    await command(bot, "/withdraw article0")
    already = ENGLISH.withdrawn_already.format(id="\u2068article0\u2069")
    assert await command(bot, "/withdraw article0") == already
    (bot.corpus / FILE_NAME).write_text("no toml at all", encoding="utf-8")
    assert "not readable as TOML" in await command(bot, "/withdraw copy")
    assert "copy" in (await ask(bot)).entities_of("code")  # and article0 stays withdrawn


async def test_what_admins_withdraw_is_in_the_audit_log(bot: House) -> None:
    await command(bot, "/withdraw article0")
    await command(bot, "/restore article0")
    told = await command(bot, "/status")
    assert ADMIN.status_no_reload in told
    async with (
        aiosqlite.connect(bot.data / "state.sqlite") as state,
        state.execute("SELECT user, action, detail FROM audit ORDER BY at") as rows,
    ):
        found = [tuple(row) async for row in rows]
    assert found == [(ADMIN_ID, "withdraw", "article0"), (ADMIN_ID, "restore", "article0")]


async def test_readers_do_not_learn_of_the_commands(bot: House) -> None:
    for name in ("/withdraw article0", "/restore article0", "/article article0", "/feedback"):
        answer = await ask(bot, name)
        assert answer.text == READER_ENGLISH.unknown_command
    assert not (bot.corpus / FILE_NAME).exists()


async def test_an_admin_whose_telegram_is_arabic_is_told_in_arabic(bot: House) -> None:
    bot.admin.language_code = "ar"
    assert await command(bot, "/withdraw") == ARABIC.which_article.format(command="/withdraw")
    told = await command(bot, "/withdraw article0")
    assert told.startswith("سحبت المقال \u2068article0\u2069")


async def test_an_article_that_a_canary_expects_is_said_to_be_expected(bot: House) -> None:
    (bot.corpus / "canaries.toml").write_text(
        f'[[canary]]\nquestion = "{QUAKE}"\narticle = "article0"\n', encoding="utf-8"
    )
    assert ENGLISH.canary_expects in await command(bot, "/withdraw\narticle0")
    assert ENGLISH.canary_expects not in await command(bot, "/withdraw article1")


@pytest.mark.parametrize("ranker", list(Ranker))
def test_no_ranker_proposes_it_and_others_take_its_place(
    built: Path, encoder: Encoder, ranker: Ranker
) -> None:
    retriever = open_retriever(built / "var", [built / "corpus"], encoder)
    try:
        for restriction in (Restriction(), Restriction(since=date(2020, 1, 1))):
            rows = [one.row for one in retriever.rank(QUAKE, ranker, 3, restriction).candidates]
            assert len(rows) == 3
            best = retriever.passages(rows[:1])[rows[0]].article.id
            retriever.withdraw([best])
            left = [one.row for one in retriever.rank(QUAKE, ranker, 3, restriction).candidates]
            assert len(left) == 3
            assert not any(retriever.is_withdrawn(row) for row in left)
            assert set(rows[1:]) < set(left)
            retriever.withdraw([])
    finally:
        retriever.close()


def test_nothing_of_it_is_counted_as_searched(built: Path, encoder: Encoder) -> None:
    retriever = open_retriever(built / "var", [built / "corpus"], encoder)
    try:
        whole = retriever.coverage
        assert (whole.articles, whole.first, whole.last) == (6, "2020-01-05", "2021-12")
        retriever.withdraw(["article0", "article2", "nobody"])
        coverage = retriever.coverage
        assert (coverage.articles, coverage.undated) == (4, 2)
        assert (coverage.first, coverage.last) == ("2021", "2021-03-30")
        assert coverage.passages == whole.passages - 2
        scope = retriever.answer(QUAKE, restriction=Restriction(sources=("الجزيرة",))).scope
        assert scope is not None
        assert scope.articles == 0
        retriever.withdraw([])
        assert retriever.coverage == whole
    finally:
        retriever.close()


def test_an_archive_of_which_everything_is_withdrawn_has_no_answer(
    built: Path, encoder: Encoder
) -> None:
    retriever = open_retriever(built / "var", [built / "corpus"], encoder)
    try:
        retriever.withdraw([f"article{number}" for number in range(4)] + ["copy", "long"])
        answer = retriever.answer(QUAKE)
        assert (answer.outcome, answer.hits) == (Outcome.ABSENT, ())
        assert (answer.coverage.articles, answer.coverage.first) == (0, None)
    finally:
        retriever.close()


def test_the_corpus_passes_it_over_with_the_reason(built: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(built / "corpus", corpus)
    before = Corpus([corpus]).fingerprint()
    withdraw(corpus, "article0", TODAY)
    assert Corpus([corpus]).fingerprint() != before
    read = Corpus([corpus])
    assert "article0" not in [article.id for article in read]
    (skipped,) = read.skipped
    assert skipped.what.endswith("article0.txt: article0")
    assert skipped.why == "withdrawn on 2026-11-22, in withdrawn.toml"
    assert read.remarks == []  # its entry in sources.toml is no mistake, nor its twin
    assert restore(corpus, "article0")
    assert len(list(Corpus([corpus]))) == 6


def test_an_entry_for_no_article_is_told(tmp_path: Path) -> None:
    write(tmp_path, "one", story("المعرض"))
    withdraw(tmp_path, "slip of the pen", TODAY)
    corpus = Corpus([tmp_path])
    assert len(list(corpus)) == 1
    (remark,) = corpus.remarks
    assert remark.what == "withdrawn.toml: slip of the pen"


def test_beside_a_file_it_is_in_the_folder_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    file.write_text(
        '{"_id": "one", "title": "", "text": "نص أول"}\n'
        '{"_id": "two", "title": "", "text": "نص ثان"}\n',
        encoding="utf-8",
    )
    before = Corpus([file]).fingerprint()
    withdraw(file, "one", TODAY)
    assert (tmp_path / FILE_NAME).is_file()
    assert [article.id for article in Corpus([file])] == ["two"]
    assert Corpus([file]).fingerprint() != before


@pytest.mark.parametrize("article_id", ['quote"s', "dots.and spaces", "back\\slash", "معرف", "\t"])
def test_any_id_can_be_withdrawn_and_restored(tmp_path: Path, article_id: str) -> None:
    (tmp_path / FILE_NAME).write_text('# ours\n["first"]\nwhy = "…"  # said\n', encoding="utf-8")
    withdraw(tmp_path, article_id, TODAY)
    assert list(read_withdrawn([tmp_path])) == ["first", article_id]
    text = (tmp_path / FILE_NAME).read_text(encoding="utf-8")
    assert text.startswith('# ours\n["first"]\nwhy = "…"  # said\n')
    assert restore(tmp_path, article_id)
    assert not restore(tmp_path, article_id)
    assert read_withdrawn([tmp_path]) == {"first": "withdrawn, in withdrawn.toml: …"}
    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]  # nothing unfinished is left


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("what?", "not readable as TOML"),
        ('ids = ["one"]', "should be a table"),
        ('["one"]\nwhen = "now"', "unknown field 'when'"),
        ('["one"]\nwhy = 1', "why should be text"),
    ],
)
def test_a_wrong_file_is_an_error_never_an_empty_list(tmp_path: Path, text: str, why: str) -> None:
    write(tmp_path, "one", story("المعرض"))
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=why):
        list(Corpus([tmp_path]))


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        withdraw(tmp_path / "gone" / "all.jsonl", "one", TODAY)


async def test_what_is_withdrawn_during_a_swap_stays_withdrawn_after_it(bot: House) -> None:
    write(bot.corpus, "new", story("القمر الصناعي"))
    await asyncio.to_thread(publish_new, bot.data, [bot.corpus], BUNDLED, silent)
    # The new generation is opened while the file does not name the article yet.
    swapping = asyncio.create_task(bot.archive.refresh())
    await asyncio.sleep(0)
    await bot.archive.withdraw(["article0"])
    await swapping
    answer = await bot.archive.answer(QUAKE)
    assert answer.hits[0].article.id == "copy"
