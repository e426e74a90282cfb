"""python -m bot: index the corpus if it changed, then answer, in Telegram or in the terminal."""

import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

from telegram.error import InvalidToken, TelegramError

from bot.logs import set_up_logging
from config.settings import (
    ConfigurationError,
    Settings,
    load_settings,
    platform_port,
    unknown_variables,
)
from retrieval.encoder import Encoder, load_encoder
from retrieval.errors import EncoderMismatchError, GenerationError, IsnadError
from retrieval.opening import open_retriever
from retrieval.publishing import current, fall_back, is_current, publish_new
from retrieval.retriever import Retriever

if TYPE_CHECKING:
    from bot.webhook import Webhook

_NO_WEBHOOK = (
    "PORT is set, ISNAD_WEBHOOK__URL is not: the bot polls, and listens on no port. "
    "A platform that waits for one will end it: set the URL, or start it as a worker"
)

logger = logging.getLogger("bot")


def main() -> None:
    """Start; what is wrong is said in one message on standard error, with exit code 1."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("PTB_TIMEDELTA", "true")  # or the library warns at every retry
    try:
        settings = load_settings()
        _set_up_logging(settings)
        for variable in unknown_variables():
            logger.warning("%s: no such setting, so it is not read; see .env.example", variable)
        if settings.telegram.token is not None:
            # Until the bot reloads at it. It would end the start, and that indexes anyway.
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        webhook = _listen(settings)
        encoder = load_encoder(settings.encoder)
        retriever = _ready(settings, encoder)
        if settings.telegram.token is None:
            _answer_in_terminal(retriever)
        else:
            _answer_in_telegram(settings, encoder, retriever, webhook)
    except (IsnadError, ConfigurationError) as error:
        sys.exit(f"isnad: {error}")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def _set_up_logging(settings: Settings) -> None:
    secrets = [settings.telegram.token, settings.webhook.secret]
    if settings.webhook.url is not None and settings.telegram.token is not None:
        from bot.webhook import webhook_secret

        secrets.append(webhook_secret(settings.webhook, settings.telegram.token))
    set_up_logging(
        *(secret.get_secret_value() for secret in secrets if secret is not None),
        style=settings.log_format,
        questions=settings.log_questions,
    )


def _listen(settings: Settings) -> "Webhook | None":
    """Listen for updates before anything else: building an archive can take its time."""
    token = settings.telegram.token
    if token is None:
        return None
    if settings.webhook.url is None:
        if platform_port():
            logger.warning(_NO_WEBHOOK)
        return None
    from bot.webhook import listen

    return listen(settings.webhook, settings.webhook.url, token)


def _ready(settings: Settings, encoder: Encoder) -> Retriever:
    """Index the corpus if it changed, and open the archive.

    If that is damaged, it is built anew; if it cannot be, the generation before is served.
    """
    if is_current(settings.data, [settings.corpus], encoder):
        try:
            return _opened(settings, encoder)
        except GenerationError as error:
            logger.error("the archive is damaged and is built anew: %s", error)  # noqa: TRY400
    _index(settings)
    try:
        return _opened(settings, encoder)
    except EncoderMismatchError:
        raise
    except GenerationError as error:
        manifest = fall_back(settings.data)
        logger.error("answering from %s, of before: %s", manifest.generation, error)  # noqa: TRY400
        return _opened(settings, encoder)


def _index(settings: Settings) -> None:
    logger.info("indexing %s", settings.corpus)
    try:
        manifest = publish_new(
            settings.data,
            [settings.corpus],
            settings.encoder,
            lambda *_: None,
            keep=settings.keep_generations,
            cached=settings.embedding_cache_mb << 20,
        )
    except IsnadError as error:
        if current(settings.data) is None:
            raise
        # An archive that cannot be indexed today is no reason not to answer from yesterday's.
        logger.warning("not indexed, answering from the archive before: %s", error)
        return
    logger.info("indexed %d articles, skipped %d", manifest.articles, len(manifest.skipped))
    for line in manifest.findings():
        logger.warning("%s", line)


def _opened(settings: Settings, encoder: Encoder) -> Retriever:
    return open_retriever(settings.data, [settings.corpus], encoder)


def _answer_in_terminal(retriever: Retriever) -> None:
    from bot.console import run

    run(retriever)


def _answer_in_telegram(
    settings: Settings, encoder: Encoder, retriever: Retriever, webhook: "Webhook | None"
) -> None:
    from bot.application import ALLOWED_UPDATES, build_application
    from bot.archive import Archive

    def newer(generation: str) -> Retriever | None:
        same = current(settings.data) == generation
        return None if same else _opened(settings, encoder)

    archive = Archive(retriever, newer)
    try:
        application = build_application(settings, archive, webhook=webhook)
        if webhook is None:
            application.run_polling(allowed_updates=ALLOWED_UPDATES, bootstrap_retries=-1)
        else:
            webhook.run(application, ALLOWED_UPDATES)
    except InvalidToken:
        # The library's own message quotes the token.
        raise ConfigurationError(
            f"ISNAD_TELEGRAM__TOKEN: {settings.telegram.api_url} does not accept it; "
            "ask BotFather for the bot's current token"
        ) from None
    except TelegramError as error:
        raise ConfigurationError(
            f"ISNAD_TELEGRAM__API_URL: {settings.telegram.api_url} cannot be used ({error.message})"
        ) from None
    finally:
        archive.close()


if __name__ == "__main__":
    main()
