"""The wiring of the bot, readable from top to bottom."""

import asyncio
import logging
import signal
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    Update,
)
from telegram.error import TelegramError
from telegram.ext import ApplicationBuilder, TypeHandler

from bot import admin_texts, editing_texts, texts
from bot.access import Access
from bot.admin_texts import AdminTexts
from bot.archive import Archive
from bot.background import Background
from bot.handlers.administration import Administration
from bot.handlers.answering import Answering
from bot.handlers.browsing import Browsing
from bot.handlers.curating import Curating
from bot.handlers.errors import on_error
from bot.handlers.groups import Groups
from bot.handlers.inline import Inline
from bot.handlers.reading import Reading
from bot.handlers.uploading import Uploading
from bot.limits import RateLimiter
from bot.member import BotApplication, Member, patiently
from bot.monitoring import monitored
from bot.processing import RequestProcessor
from bot.reloading import Reloader
from bot.shelf import Shelf
from bot.state import open_state
from bot.telegram_http import HttpRequest
from bot.uploads import Uploads
from bot.webhook import Webhook
from config.settings import ConfigurationError, Settings
from retrieval.chroma_server import ChromaServer
from retrieval.publishing import rollback

ALLOWED_UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY, Update.INLINE_QUERY]
"""What Telegram is asked for; the bot has a handler for each."""

_CONCURRENT_UPDATES = 64
_IN_GROUPS = ("ask",)
_FIRST = -1  # the group of handlers that comes before all others

logger = logging.getLogger(__name__)
_CONNECTIONS = 64
_TIMEOUT_SECONDS = 20.0


def build_application(
    settings: Settings,
    archive: Archive,
    reloader: Reloader | None = None,
    member: Member | None = None,
) -> BotApplication:
    """Build the application; run it with `run_polling(ALLOWED_UPDATES)`, or as a member.

    Args:
        settings: The settings.
        archive: What is asked.
        reloader: What indexes; one with the settings of the environment if None.
        member: Which of several processes it runs in, where Telegram posts updates.

    Raises:
        ConfigurationError: If there is no token.
    """
    running = _Running(settings, archive, reloader or Reloader(), member)
    token = settings.telegram.token
    if token is None:
        raise ConfigurationError("ISNAD_TELEGRAM__TOKEN: missing; BotFather gives one")
    api_url = settings.telegram.api_url if member is None else member.api_url
    front = member.calls if member else None
    application: BotApplication = (
        ApplicationBuilder()
        .token(token.get_secret_value())
        .base_url(f"{api_url}/bot")
        .base_file_url(f"{api_url}/file/bot")
        .rate_limiter(RateLimiter())
        .concurrent_updates(RequestProcessor(_CONCURRENT_UPDATES, questions=settings.log_questions))
        .request(HttpRequest(_CONNECTIONS, _TIMEOUT_SECONDS, front))
        .get_updates_request(HttpRequest(1, _TIMEOUT_SECONDS))
        .post_init(running.start)
        .post_stop(running.stop)
        .post_shutdown(running.stop)  # again, for a signal that came before all was begun
        .build()
    )
    application.add_error_handler(archive.metrics.on_error)
    application.add_error_handler(on_error)
    return application


class _Running:
    """What begins when the bot starts and ends when it stops."""

    def __init__(
        self, settings: Settings, archive: Archive, reloader: Reloader, member: Member | None
    ) -> None:
        self._settings = settings
        self._archive = archive
        self._reloader = reloader
        self._member = member
        self._open = AsyncExitStack()
        self._background: Background | None = None
        self._watching: asyncio.Task[None] | None = None

    async def start(self, application: BotApplication) -> None:
        """Open the bot's memory, take up work, and watch for newer generations."""
        leads = self._member is None or self._member.leads
        webhook = Webhook.of(self._settings)
        if webhook is not None and leads:
            await patiently(lambda: webhook.announce(application.bot, ALLOWED_UPDATES))
        monitoring = monitored(self._archive, self._metrics_port())
        await self._open.enter_async_context(monitoring)
        data, admins = self._settings.data, self._settings.telegram.admins
        state = await self._open.enter_async_context(open_state(data))
        # Commands of admins first: those of others end in `unknown_command`.
        background = self._background = Background(application)
        server = ChromaServer.of(self._settings)
        administration = Administration(
            self._archive, self._reloader, state, background, lambda: rollback(data, server)
        )
        administration.register(application, admins)
        corpus = self._settings.corpus
        Curating(self._archive, corpus, state).register(application, admins)
        uploads = Uploads(data / "uploads")
        Uploading(self._archive, corpus, uploads, state, administration.reload).register(
            application, admins
        )
        shelf = Shelf(self._archive, state, corpus, keeps_questions=self._settings.keep_questions)
        access = Access(self._settings.access)
        Groups(state).register(application)
        Browsing(self._archive, shelf, state).register(application)
        Answering(self._archive, shelf, state, access).register(application)
        Inline(self._archive, shelf, state, access).register(application)
        Reading(self._archive, shelf, state).register(application)
        self._watching = asyncio.create_task(self._archive.keep_fresh())
        with suppress(NotImplementedError, RuntimeError):  # not everywhere, and on the main thread
            asyncio.get_running_loop().add_signal_handler(
                signal.SIGHUP,
                lambda: background.begin(administration.reload_quietly()),
            )
        if self._member is not None:
            application.add_handler(TypeHandler(Update, state.catch_up), _FIRST)
        if leads:
            await _set_menus(application, admins)

    def _metrics_port(self) -> int | None:
        first = self._settings.metrics_port
        return first and first + (self._member.number if self._member else 0)

    async def stop(self, _application: BotApplication) -> None:
        """End a build that is under way, and close what was opened; once more does no harm."""
        await self._reloader.stop()
        if self._background is not None:
            await self._background.ended()
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await self._open.aclose()


async def _set_menus(application: BotApplication, admins: Sequence[int]) -> None:
    """Tell Telegram what the bot is and which commands there are, in both languages."""
    bot = application.bot
    calls: list[Coroutine[Any, Any, bool]] = []
    for language, reader, admin, editing in (
        (None, texts.ENGLISH, admin_texts.ENGLISH, editing_texts.ENGLISH),
        ("ar", texts.ARABIC, admin_texts.ARABIC, editing_texts.ARABIC),
    ):
        readers = [BotCommand(name, said) for name, said in reader.menu.items()]
        groups = [one for one in readers if one.command in _IN_GROUPS]
        groups += [BotCommand("off", reader.menu_off), BotCommand("on", reader.menu_on)]
        editors = readers + _admin_menu(admin, editing)
        scopes: list[tuple[BotCommandScope | None, list[BotCommand]]] = [
            (None, readers),
            (BotCommandScopeAllGroupChats(), groups),
        ]
        scopes += [(BotCommandScopeChat(user), editors) for user in admins]
        calls += [
            bot.set_my_commands(commands, scope, language_code=language)
            for scope, commands in scopes
        ]
        calls.append(bot.set_my_description(reader.description, language_code=language))
        calls.append(bot.set_my_short_description(reader.short_description, language_code=language))
    for call in calls:
        try:
            await call
        except TelegramError as error:  # a menu is no reason not to answer
            logger.warning("the command menu could not be set: %s", error)


def _admin_menu(admin: AdminTexts, editing: editing_texts.EditingTexts) -> list[BotCommand]:
    return [
        BotCommand("reload", admin.reload_menu),
        BotCommand("cancel", admin.cancel_menu),
        BotCommand("status", admin.status_menu),
        BotCommand("rollback", admin.rollback_menu),
        BotCommand("feedback", admin.feedback_menu),
        BotCommand("withdraw", editing.withdraw_menu),
        BotCommand("restore", editing.restore_menu),
        BotCommand("article", editing.article_menu),
    ]
