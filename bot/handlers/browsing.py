"""Commands of readers beside questions: what there is, a search by words, what is kept."""

import asyncio
from typing import Any

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    filters,
)

from bot.archive import Archive
from bot.cards import Ask, Pointer
from bot.chart import chart
from bot.composing import Composer, Message, short
from bot.dossier import overview_message
from bot.editing_texts import ARABIC as EDITING_ARABIC
from bot.editing_texts import ENGLISH as EDITING_ENGLISH
from bot.handlers.replying import reader_texts, reply, say
from bot.keyboards import LANGUAGE, LANGUAGES, language_buttons
from bot.paging import FoundAnswer
from bot.search_words import SearchError, parsed
from bot.shelf import Shelf
from bot.state import ANSWER_DAYS, State
from bot.texts import Texts, isolated
from retrieval.documents import Coverage, Hit, Scope
from retrieval.errors import QuestionError
from retrieval.retriever import Retriever
from retrieval.store import StoredPassage

_Context = ContextTypes.DEFAULT_TYPE

_LATEST = 5
_TITLE = 120
_FOUND = 10


class Browsing:
    """Handles the commands of readers."""

    def __init__(self, archive: Archive, shelf: Shelf, state: State) -> None:
        """Args: the archive, the answers that are kept, and the bot's memory."""
        self._archive = archive
        self._shelf = shelf
        self._state = state

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add the handlers, for private chats."""
        private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
        for name, handler in (
            ("latest", self.latest),
            ("sources", self.sources),
            ("search", self.search),
            ("lang", self.lang),
            ("about", self.about),
            ("forget", self.forget),
        ):
            application.add_handler(CommandHandler(name, handler, private))
        application.add_handler(CallbackQueryHandler(self.choose_language, f"^{LANGUAGE}:"))

    async def latest(self, update: Update, _context: _Context) -> None:
        """List the latest articles, with a button to open each."""
        texts = reader_texts(update, self._state)
        passages, generation = await self._archive.run(_latest)
        composer = Composer()
        composer.add(texts.latest if passages else texts.latest_none)
        for number, passage in enumerate(passages, start=1):
            article = passage.article
            composer.add(f"\n{number}. {isolated(short(article.title or article.id, _TITLE))}")
            composer.add(f"{texts.comma} {isolated(article.source.name or texts.unknown)}")
            composer.add(f"{texts.comma} {texts.date(article.published)}")
            data = Pointer(Ask.BODY, generation, passage.row).data()
            composer.add_button(texts.open_number.format(number=number), data)
        if composer.buttons:
            composer.buttons = [[button for row in composer.buttons for button in row]]
        await reply(update, composer.message())

    async def sources(self, update: Update, _context: _Context) -> None:
        """Tell how many articles there are by source and by year, and show it."""
        texts = reader_texts(update, self._state)
        editing = EDITING_ARABIC if texts.language == "ar" else EDITING_ENGLISH
        overview = await self._archive.run(Retriever.overview)
        await reply(update, overview_message(overview, texts, editing))
        picture = await asyncio.to_thread(chart, overview, texts, editing)
        if picture is not None and update.effective_chat is not None:
            await update.effective_chat.send_photo(picture)

    async def search(self, update: Update, _context: _Context) -> None:
        """Show passages that have the words after the command."""
        texts = reader_texts(update, self._state)
        message = update.effective_message
        assert message is not None
        _, _, asked = (message.text or "").partition(" ")
        if not asked.strip():
            await reply(update, Message(texts.search_help))
            return
        try:
            hits, found, coverage = await self._archive.run(_found, asked)
        except SearchError as error:
            await reply(update, Message(texts.search_wrong.format(what=isolated(str(error)))))
            return
        except QuestionError:
            await reply(update, Message(texts.search_help))
            return
        if not hits:
            await reply(update, Message(texts.search_none))
            return
        card = await self._shelf.first(found, hits[0], coverage, asked, texts)
        await reply(update, card, to=message)

    async def lang(self, update: Update, _context: _Context) -> None:
        """Offer the languages."""
        texts = reader_texts(update, self._state)
        await reply(update, Message(texts.language_asked, keyboard=language_buttons()))

    async def choose_language(self, update: Update, _context: _Context) -> None:
        """Remember the language that was chosen."""
        query, user = update.callback_query, update.effective_user
        assert query is not None
        assert user is not None
        code = (query.data or "").removeprefix(f"{LANGUAGE}:")
        if code in LANGUAGES:
            await self._state.choose_language(user.id, code)
        texts = reader_texts(update, self._state)
        await say(update.callback_query, texts.language_set)
        if update.effective_chat and update.effective_chat.type == ChatType.PRIVATE:
            await reply(update, Message(texts.language_set))

    async def about(self, update: Update, _context: _Context) -> None:
        """Say what the bot is, and what it keeps."""
        texts = reader_texts(update, self._state)
        await reply(update, Message(self._about(texts)))

    async def forget(self, update: Update, _context: _Context) -> None:
        """Delete what is kept about the reader."""
        user = update.effective_user
        assert user is not None
        await self._state.forget(user.id)
        await reply(update, Message(reader_texts(update, self._state).forgotten))

    def _about(self, texts: Texts) -> str:
        kept = self._shelf.keeps_questions
        articles = self._archive.coverage.articles
        return texts.about.format(
            articles=texts.count_articles(articles),
            days=ANSWER_DAYS,
            questions=texts.questions_kept if kept else texts.questions_not_kept,
        )


def _latest(served: Retriever) -> tuple[list[StoredPassage], str]:
    """Return the latest articles' first passages, and their generation."""
    return served.latest(_LATEST), served.coverage.generation


def _found(served: Retriever, asked: str) -> tuple[list[Hit], FoundAnswer, Coverage]:
    """Return what a search finds, the same to be kept, and what was searched."""
    search = parsed(asked, served.facets.sources)
    hits = served.search(search.words, search.phrases, search.restriction, _FOUND)
    scope: Scope | None = served.scope(search.restriction)
    found = FoundAnswer.by_words(hits, served.coverage.generation, scope)
    return hits, found, served.coverage
