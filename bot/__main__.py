"""python -m bot: index the corpus if it changed, then answer, in Telegram or in the terminal."""

import logging
import os
import signal
import socket
import sys
from functools import partial

from bot.starting import log_as_set
from config.settings import (
    ConfigurationError,
    Settings,
    load_settings,
    platform_port,
    unknown_variables,
)
from retrieval.errors import IsnadError
from retrieval.processes import begin_forks

# What else is needed is imported where it is: meanwhile the other processes import theirs.

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
        log_as_set(settings)
        for variable in unknown_variables():
            logger.warning("%s: no such setting, so it is not read; see .env.example", variable)
        if settings.telegram.token is None:
            _answer_in_terminal(settings)
            return
        # Until the bot reloads at it. It would end the start, and that indexes anyway.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        begin_forks("bot.fresh")
        listening = _listen(settings)
        if listening is None:
            _poll(settings)
        else:
            from bot.crew import run

            run(settings, listening)
    except (IsnadError, ConfigurationError) as error:
        sys.exit(f"isnad: {error}")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def _listen(settings: Settings) -> socket.socket | None:
    """Listen for updates before anything else: building an archive can take its time."""
    if settings.webhook.url is None:
        if platform_port():
            logger.warning(_NO_WEBHOOK)
        return None
    from bot.webhook import listen

    return listen(settings.webhook)


def _answer_in_terminal(settings: Settings) -> None:
    from bot.console import run
    from bot.starting import ready
    from retrieval.chroma_server import ChromaServer
    from retrieval.opening import open_afresh

    server = ChromaServer.of(settings)
    opened = partial(open_afresh, settings.data, [settings.corpus], settings.encoder, server=server)
    run(ready(settings, opened))


def _poll(settings: Settings) -> None:
    from bot.application import ALLOWED_UPDATES, build_application
    from bot.starting import open_archive, refusals_told

    archive = open_archive(settings, index=True)
    try:
        with refusals_told(settings):
            build_application(settings, archive).run_polling(
                allowed_updates=ALLOWED_UPDATES, bootstrap_retries=-1
            )
    finally:
        archive.close()


if __name__ == "__main__":
    main()
