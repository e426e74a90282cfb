"""The wiring of the bot, readable from top to bottom."""

import logging
from typing import Any

from telegram import BotCommand, Update
from telegram.error import TelegramError
from telegram.ext import Application, ApplicationBuilder

from bot.archive import Archive
from bot.handlers.answering import Answering
from bot.handlers.errors import on_error
from bot.limits import RateLimiter
from config.settings import ConfigurationError, Settings

BotApplication = Application[Any, Any, Any, Any, Any, Any]

ALLOWED_UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY]
"""What Telegram is asked for; the bot has a handler for each."""

_CONCURRENT_UPDATES = 64

logger = logging.getLogger(__name__)
_CONNECTIONS = 64
_TIMEOUT_SECONDS = 20.0


def build_application(settings: Settings, archive: Archive) -> BotApplication:
    """Build the application; run it with `run_polling(ALLOWED_UPDATES)`.

    Raises:
        ConfigurationError: If there is no token.
    """
    token = settings.telegram.token
    if token is None:
        raise ConfigurationError("ISNAD_TELEGRAM__TOKEN: missing; BotFather gives one")
    api_url = settings.telegram.api_url
    application: BotApplication = (
        ApplicationBuilder()
        .token(token.get_secret_value())
        .base_url(f"{api_url}/bot")
        .base_file_url(f"{api_url}/file/bot")
        .rate_limiter(RateLimiter())
        .concurrent_updates(_CONCURRENT_UPDATES)
        .connection_pool_size(_CONNECTIONS)
        .connect_timeout(_TIMEOUT_SECONDS)
        .read_timeout(_TIMEOUT_SECONDS)
        .write_timeout(_TIMEOUT_SECONDS)
        .pool_timeout(_TIMEOUT_SECONDS)
        .post_init(_on_start)
        .build()
    )
    Answering(archive).register(application)
    application.add_error_handler(on_error)
    return application


async def _on_start(application: BotApplication) -> None:
    """Tell Telegram which commands there are, in both languages."""
    for language, start, help_ in (
        (None, "What I can do", "How to ask"),
        ("ar", "ما أستطيعه", "كيف تسأل"),
    ):
        commands = [BotCommand("start", start), BotCommand("help", help_)]
        try:
            await application.bot.set_my_commands(commands, language_code=language)
        except TelegramError as error:  # a menu is no reason not to answer
            logger.warning("the command menu could not be set: %s", error)
