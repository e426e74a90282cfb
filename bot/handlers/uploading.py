"""Files that admins send: shown as they would be in the archive, then added or discarded."""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from telegram import CallbackQuery, Document, Update
from telegram.error import TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.archive import Archive
from bot.composing import Message
from bot.editing_texts import EditingTexts, editing_texts
from bot.handlers.curating import asked
from bot.handlers.replying import say
from bot.handlers.typing_action import typing
from bot.preview_cards import (
    ADD,
    DISCARD,
    RELOAD,
    REPLACE,
    SHOWN,
    Looked,
    added,
    article_card,
    summary,
)
from bot.state import State
from bot.texts import isolated
from bot.uploads import Upload, Uploads
from retrieval.additions import Files, Preview, add, preview, read_replaced
from retrieval.articles.captions import read_caption
from retrieval.articles.packages import MAX_PACKAGE, PackageError, Reason, unpack
from retrieval.articles.withdrawals import read_withdrawn
from retrieval.documents import Article
from retrieval.errors import CorpusError
from retrieval.likeness import alike
from retrieval.passages import split
from retrieval.retriever import Retriever

_Context = ContextTypes.DEFAULT_TYPE

_BUTTON = re.compile(rf"up:({ADD}|{REPLACE}|{DISCARD}):([0-9a-f]{{16}})")

_AUDITED = 50  # ids that the audit log names

logger = logging.getLogger(__name__)


class Uploading:
    """Handles files of admins, and the buttons under what is shown of them."""

    def __init__(
        self,
        archive: Archive,
        corpus: Path,
        uploads: Uploads,
        state: State,
        reload: Callable[[Update, _Context], Awaitable[None]],
    ) -> None:
        """Args: the archive, its corpus, what was sent before, the bot's memory, how to reload."""
        self._archive = archive
        self._corpus = corpus
        self._uploads = uploads
        self._state = state
        self._reload = reload
        self._admins: Collection[int] = ()
        self._adding = asyncio.Lock()  # sources.toml is read, changed and written

    def register(
        self, application: Application[Any, Any, Any, Any, Any, Any], admins: Collection[int]
    ) -> None:
        """Add the handlers, for the users with the ids `admins`, in private chats."""
        self._admins = admins
        allowed = (
            filters.User(user_id=admins) & filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
        )
        application.add_handler(MessageHandler(allowed & filters.Document.ALL, self.document))
        application.add_handler(CallbackQueryHandler(self.press, "^up:"))

    async def document(self, update: Update, context: _Context) -> None:
        """Show what was sent as it would be in the archive, with buttons to decide."""
        message, user, reader, texts = asked(update)
        sent = message.document
        assert sent is not None
        async with typing(context.bot, message.chat_id):
            read = await self._read(sent, message.caption or "", texts)
            if isinstance(read, str):
                await message.reply_text(read)
                return
            files = read
            name = sent.file_name or ""
            try:
                caption = dict(read_caption(message.caption or ""))
                upload = Upload(user.id, time.time(), name, caption)
                found, withdrawn = await self._preview(upload, files)
                looked = [await self._archive.run(_looked, one) for one in found.articles[:SHOWN]]
                token = await asyncio.to_thread(self._uploads.put, upload, files)
            except (CorpusError, OSError) as error:
                await message.reply_text(self._not_done(texts.upload_useless, error))
                return
        await self._state.did(user.id, "upload", f"{token} {name}")
        for one in looked:
            await _reply(message, article_card(one, reader, texts))
        await _reply(message, summary(name, found, withdrawn, token, texts))

    async def press(self, update: Update, context: _Context) -> None:
        """Do what a button under a summary says."""
        query, user = update.callback_query, update.effective_user
        assert query is not None
        assert user is not None
        texts = editing_texts(user.language_code)
        if user.id not in self._admins:
            await say(query, texts.upload_not_yours)
            return
        if query.data == RELOAD:
            await say(query)
            await self._reload(update, context)
            return
        match = _BUTTON.fullmatch(query.data or "")
        if match is None:
            await say(query, texts.upload_gone)
            return
        async with self._adding:  # so that a second press finds what the first did
            await self._decide(query, user.id, match[1], match[2], texts)

    async def _decide(
        self, query: CallbackQuery, user: int, what: str, token: str, texts: EditingTexts
    ) -> None:
        """Add, replace or discard what was sent, and say so where the button is."""
        kept = await asyncio.to_thread(self._uploads.get, token)
        if kept is None:
            await say(query, texts.upload_gone)
            return
        upload, files = kept
        if upload.user != user:
            await say(query, texts.upload_not_yours)
            return
        await say(query)
        if what == DISCARD:
            await asyncio.to_thread(self._uploads.drop, token)
            await self._state.did(user, what, f"{token} {upload.name}")
            await _edit(query, Message(texts.upload_discarded))
            return
        try:
            message = await self._added(what, token, upload, files, texts)
        except (CorpusError, OSError) as error:
            logger.warning("what was sent could not be added: %s", error)
            await self._state.did(user, what, f"{token} failed: {self._why(error)}")
            await _edit(query, Message(self._not_done(texts.not_written, error)), keep=True)
            return
        await _edit(query, message)

    async def _added(
        self, what: str, token: str, upload: Upload, files: Files, texts: EditingTexts
    ) -> Message:
        """Add what was sent, unless the corpus is not any more as it was shown."""
        found, withdrawn = await self._preview(upload, files)
        if found.elsewhere or (found.replaced and what != REPLACE):
            return summary(upload.name, found, withdrawn, token, texts)
        ids = [article.id for article in found.articles]
        replaced = await asyncio.to_thread(read_replaced, self._corpus, found.replaced)
        await asyncio.to_thread(add, self._corpus, files, upload.caption, ids, replaced)
        await asyncio.to_thread(self._uploads.drop, token)
        told = f"{token} {len(ids)}: {' '.join(ids[:_AUDITED])}"
        await self._state.did(upload.user, what, told)
        return added(len(ids), texts)

    async def _read(
        self, sent: Document, caption: str, texts: EditingTexts
    ) -> dict[str, bytes] | str:
        """Return the files of what was sent, or in words why not."""
        if not self._corpus.is_dir():
            return texts.upload_needs_folder
        if sent.file_size is not None and sent.file_size > MAX_PACKAGE:
            return texts.refusals[Reason.SIZE].format(what=isolated(sent.file_name or ""))
        try:
            read_caption(caption)
        except CorpusError as error:
            return texts.upload_caption.format(line=isolated(str(error)))
        try:
            content = await (await sent.get_file()).download_as_bytearray()
            return await asyncio.to_thread(unpack, sent.file_name or "", bytes(content))
        except TelegramError as error:
            logger.warning("what was sent could not be fetched: %s", error)
            return texts.upload_not_fetched
        except PackageError as error:
            return texts.refusals[error.reason].format(what=isolated(error.what[:200]))

    async def _preview(self, upload: Upload, files: Files) -> tuple[Preview, list[str]]:
        """Return what is in files, and which ids of it are withdrawn."""
        loop = asyncio.get_running_loop()

        def known(ids: Sequence[str]) -> list[str]:
            return asyncio.run_coroutine_threadsafe(self._archive.run(_known, ids), loop).result()

        found = await asyncio.to_thread(preview, self._corpus, files, upload.caption, known)
        withdrawn = await asyncio.to_thread(read_withdrawn, [self._corpus])
        return found, [one.id for one in found.articles if one.id in withdrawn]

    def _not_done(self, text: str, error: Exception) -> str:
        return text.format(why=isolated(self._why(error)[:1000]))

    def _why(self, error: Exception) -> str:
        """Return what is wrong, by names within the corpus."""
        if isinstance(error, OSError):
            return error.strerror or ""
        return str(error).replace(f"{self._corpus}/", "")


def _known(served: Retriever, ids: Sequence[str]) -> list[str]:
    """Return those ids of which the archive has an article."""
    return [one for one in ids if served.rows_of(one)]


def _looked(served: Retriever, article: Article) -> Looked:
    """Look at an article closely that is not in the archive yet."""
    passages = split(article)
    return Looked(article, passages[0], alike(served, article, passages))


async def _reply(to: Any, message: Message) -> None:
    await to.reply_text(
        message.text,
        entities=message.entities,
        reply_markup=message.keyboard,
        disable_web_page_preview=True,
    )


async def _edit(query: CallbackQuery, message: Message, *, keep: bool = False) -> None:
    """Put another text into the message of a button; one that is gone is no reason to stop.

    Args:
        query: The press of the button.
        message: What to say instead.
        keep: Whether the buttons stay.
    """
    keyboard = message.keyboard
    if keep and query.message is not None and query.message.is_accessible:
        keyboard = query.message.reply_markup  # type: ignore[attr-defined] # seen by is_accessible
    try:
        await query.edit_message_text(message.text, reply_markup=keyboard)
    except TelegramError as error:
        logger.info("what was sent: its message could not be edited: %s", error)
