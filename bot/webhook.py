"""Updates that Telegram posts, instead of being asked for them; a proxy in front ends TLS."""

import hashlib
import hmac
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import SecretStr
from telegram import Bot
from telegram.error import BadRequest

from bot.listening import listen_on
from config.settings import ConfigurationError, Settings, WebhookSettings

_CONNECTIONS = 100  # posts at a time, which wait until they are handled; Telegram's limit
_PURPOSE = b"isnad webhook"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram posts updates to, and what it shows with each."""

    url: str
    secret: SecretStr

    @classmethod
    def of(cls, settings: Settings) -> "Webhook | None":
        """Return the webhook that the settings name, None if the bot is to ask for updates."""
        token = settings.telegram.token
        if settings.webhook.url is None or token is None:
            return None
        return cls(settings.webhook.url, webhook_secret(settings.webhook, token))

    async def announce(self, bot: Bot, allowed_updates: Sequence[str]) -> None:
        """Tell Telegram.

        Raises:
            ConfigurationError: If Telegram refuses it.
            TelegramError: If it cannot be told.
        """
        try:
            await bot.set_webhook(
                self.url,
                secret_token=self.secret.get_secret_value(),
                allowed_updates=allowed_updates,
                max_connections=_CONNECTIONS,
            )
        except BadRequest as error:
            raise ConfigurationError(f"ISNAD_WEBHOOK__URL: refused ({error.message})") from None


def webhook_secret(settings: WebhookSettings, token: SecretStr) -> SecretStr:
    """Return what Telegram shows with every update.

    Unless it is set it is made of the bot's token, which does not follow from it: so it is the same
    after a restart, and there is nothing more to keep.
    """
    if settings.secret is not None:
        return settings.secret
    key = token.get_secret_value().encode()
    return SecretStr(hmac.new(key, _PURPOSE, hashlib.sha256).hexdigest())


def listen(settings: WebhookSettings) -> socket.socket:
    """Begin to listen for what Telegram posts.

    What is posted waits until the bot runs. A platform that ends what does not listen within a
    minute is content, however long the first index takes.

    Raises:
        ConfigurationError: If it cannot be listened there.
    """
    host, port = settings.address()
    listening = listen_on(host, port, "ISNAD_WEBHOOK__PORT")
    logger.info("listening on %s:%d for what Telegram posts", host, port)
    return listening
