"""Commands for admins: withdraw an article, look at one, look at the archive as a whole."""

import asyncio
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

from telegram import Message as TelegramMessage
from telegram import Update, User
from telegram.ext import Application, CommandHandler, ContextTypes, filters

from bot.archive import Archive
from bot.composing import short
from bot.dossier import article_message, file_name
from bot.editing_texts import EditingTexts, editing_texts
from bot.state import State
from bot.texts import Texts, isolated, texts_for
from retrieval.articles.withdrawals import read_withdrawn, restore, withdraw
from retrieval.canaries import read_canaries
from retrieval.documents import Article, Relation
from retrieval.errors import ArticleNotFoundError, CorpusError
from retrieval.retriever import Retriever

_Context = ContextTypes.DEFAULT_TYPE

_SHOWN = 200  # UTF-16 units of an id or a title
_COPIES = 20

logger = logging.getLogger(__name__)


class Curating:
    """Handles what admins write; others do not learn that these commands exist."""

    def __init__(self, archive: Archive, corpus: Path, state: State) -> None:
        """Args: the archive, the file or folder of its articles, and the bot's memory."""
        self._archive = archive
        self._corpus = corpus
        self._state = state
        self._writing = asyncio.Lock()  # withdrawn.toml is read, changed and written

    def register(self, application: Application[Any, Any, Any, Any, Any, Any], admins: Any) -> None:
        """Add the handlers, for the users with the ids `admins`, in private chats."""
        allowed = (
            filters.User(user_id=admins) & filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
        )
        for name, handler in (
            ("withdraw", self.withdraw),
            ("restore", self.restore),
            ("article", self.article),
        ):
            application.add_handler(CommandHandler(name, handler, allowed))

    async def withdraw(self, update: Update, _context: _Context) -> None:
        """Take an article out of answers at once, and out of the archive at the next reload."""
        message, user, _, texts = asked(update)
        article_id = await _named(message, texts)
        if not article_id:
            return
        found = await self._archive.run(_with_copies, article_id)
        if found is None:
            await message.reply_text(texts.no_article.format(id=_shown(article_id)))
            return
        article, copies = found
        try:
            async with self._writing:
                before = await asyncio.to_thread(read_withdrawn, [self._corpus])
                if article_id in before:
                    await message.reply_text(texts.withdrawn_already.format(id=_shown(article_id)))
                    return
                today = datetime.now().astimezone().date()
                await asyncio.to_thread(withdraw, self._corpus, article_id, today)
                await self._archive.withdraw({*before, article_id})
                canaries = await asyncio.to_thread(read_canaries, [self._corpus])
        except (CorpusError, OSError) as error:
            await self._could_not_write(message, error, texts)
            return
        await self._state.did(user.id, "withdraw", article_id)
        lines = [texts.withdrawn.format(id=_shown(article_id), title=_shown(article.title))]
        if copies:
            lines.append(texts.copies_stay.format(ids=" ".join(_shown(one) for one in copies)))
        if any(canary.article == article_id for canary in canaries):
            lines.append(texts.canary_expects)
        await message.reply_text("\n".join(lines))

    async def restore(self, update: Update, _context: _Context) -> None:
        """Let a withdrawn article in again."""
        message, user, _, texts = asked(update)
        article_id = await _named(message, texts)
        if not article_id:
            return
        try:
            async with self._writing:
                if not await asyncio.to_thread(restore, self._corpus, article_id):
                    await message.reply_text(texts.not_withdrawn.format(id=_shown(article_id)))
                    return
                left = await asyncio.to_thread(read_withdrawn, [self._corpus])
                await self._archive.withdraw(left)
        except (CorpusError, OSError) as error:
            await self._could_not_write(message, error, texts)
            return
        await self._state.did(user.id, "restore", article_id)
        rows = await self._archive.run(Retriever.rows_of, article_id)
        text = texts.restored if rows else texts.restored_later
        await message.reply_text(text.format(id=_shown(article_id)))

    async def article(self, update: Update, _context: _Context) -> None:
        """Tell what is known of an article, and send its body byte for byte."""
        message, _, reader, texts = asked(update)
        article_id = await _named(message, texts)
        if not article_id:
            return
        found = await self._archive.run(_known, article_id)
        if found is None:
            await message.reply_text(texts.no_article.format(id=_shown(article_id)))
            return
        article, passages, withdrawn = found
        told = article_message(article, passages, reader, texts, withdrawn=withdrawn)
        await message.reply_text(told.text, entities=told.entities, disable_web_page_preview=True)
        await message.reply_document(article.body.encode(), filename=file_name(article_id))

    async def _could_not_write(
        self, message: TelegramMessage, error: Exception, texts: EditingTexts
    ) -> None:
        logger.warning("%s could not be changed: %s", self._corpus, error)
        why = (error.strerror or "") if isinstance(error, OSError) else str(error)
        await message.reply_text(texts.not_written.format(why=why))


def asked(update: Update) -> tuple[TelegramMessage, User, Texts, EditingTexts]:
    """Return the message of an update, who sent it, and the texts in their language."""
    message, user = update.effective_message, update.effective_user
    assert message is not None
    assert user is not None
    return message, user, texts_for(user.language_code), editing_texts(user.language_code)


async def _named(message: TelegramMessage, texts: EditingTexts) -> str:
    """Return the id behind a command; where there is none, say that it needs one."""
    command, *rest = (message.text or "").split(maxsplit=1)
    if not rest:
        await message.reply_text(texts.which_article.format(command=command))
        return ""
    return rest[0].strip()


def _shown(text: str) -> str:
    return isolated(short(text, _SHOWN))


def _known(served: Retriever, article_id: str) -> tuple[Article, int, bool] | None:
    """Return an article, how many passages it has, and whether it is withdrawn."""
    try:
        article = served.article(article_id)
    except ArticleNotFoundError:
        return None
    rows = served.rows_of(article_id)
    return article, len(rows), served.is_withdrawn(rows[0])


def _with_copies(served: Retriever, article_id: str) -> tuple[Article, list[str]] | None:
    """Return an article, and the ids of articles that are copies of it."""
    try:
        article = served.article(article_id)
    except ArticleNotFoundError:
        return None
    copies: dict[str, None] = {}
    for row in served.rows_of(article_id):
        others, _ = served.also_in(row)
        copies |= {also.article.id: None for also in others if also.relation is Relation.COPY}
    return article, list(copies)[:_COPIES]
