"""Updates that Telegram posts, instead of being asked for them; a proxy in front ends TLS."""

import hashlib
import hmac
import logging
import re
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr
from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.ext import Application

from bot.listening import listen_on
from config.settings import ConfigurationError, WebhookSettings

_PURPOSE = b"isnad webhook"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram posts updates to, and the socket that they come in by."""

    url: str
    secret: SecretStr
    listening: socket.socket

    async def announce(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Tell Telegram, once: the library would go on for ever with what it refuses.

        What else goes wrong is left to the library, which tries again.

        Raises:
            ConfigurationError: If Telegram refuses it.
            InvalidToken: If it does not know the bot.
        """
        try:
            await application.bot.set_webhook(self.url, secret_token=self.secret.get_secret_value())
        except BadRequest as error:
            raise ConfigurationError(f"ISNAD_WEBHOOK__URL: refused ({error.message})") from None
        except InvalidToken:
            raise
        except TelegramError as error:
            logger.warning("the webhook could not be set yet: %s", error)

    def run(
        self, application: Application[Any, Any, Any, Any, Any, Any], allowed_updates: list[str]
    ) -> None:
        """Take updates until a signal ends it; those that were taken are handled first."""
        application.run_webhook(
            unix=self.listening,  # any socket will do; by it nothing else need be said of listening
            url_path=re.escape(urlsplit(self.url).path.strip("/")),  # the library takes a pattern
            webhook_url=self.url,
            secret_token=self.secret.get_secret_value(),
            allowed_updates=allowed_updates,
            bootstrap_retries=-1,
        )


def webhook_secret(settings: WebhookSettings, token: SecretStr) -> SecretStr:
    """Return what Telegram shows with every update.

    Unless it is set it is made of the bot's token, which does not follow from it: so it is the same
    after a restart, and there is nothing more to keep.
    """
    if settings.secret is not None:
        return settings.secret
    key = token.get_secret_value().encode()
    return SecretStr(hmac.new(key, _PURPOSE, hashlib.sha256).hexdigest())


def listen(settings: WebhookSettings, url: str, token: SecretStr) -> Webhook:
    """Begin to listen for what Telegram posts to a URL.

    What is posted waits until the bot runs. A platform that ends what does not listen within a
    minute is content, however long the first index takes.

    Raises:
        ConfigurationError: If it cannot be listened there.
    """
    host, port = settings.address()
    listening = listen_on(host, port, "ISNAD_WEBHOOK__PORT")
    logger.info("listening on %s:%d for what Telegram posts", host, port)
    return Webhook(url, webhook_secret(settings, token), listening)
