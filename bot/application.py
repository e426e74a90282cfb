"""The wiring of the bot, readable from top to bottom."""

from typing import Any

from telegram import BotCommand, Update
from telegram.ext import AIORateLimiter, Application, ApplicationBuilder

from bot.archive import Archive
from bot.handlers.answering import Answering
from bot.handlers.errors import on_error
from config.settings import ConfigurationError, Settings

BotApplication = Application[Any, Any, Any, Any, Any, Any]

ALLOWED_UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY]
"""What Telegram is asked for; the bot has a handler for each."""

_CONCURRENT_UPDATES = 64
_RETRIES = 5  # when Telegram says to wait
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
        .rate_limiter(AIORateLimiter(max_retries=_RETRIES))
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
        await application.bot.set_my_commands(
            [BotCommand("start", start), BotCommand("help", help_)], language_code=language
        )
