"""Commands for admins: reload the archive, go back, see how things are."""

import asyncio
import logging
import multiprocessing
import resource
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from telegram import Message as TelegramMessage
from telegram import Update
from telegram.error import BadRequest, TelegramError
from telegram.ext import Application, CommandHandler, ContextTypes, filters

from bot.admin_texts import ARABIC, ENGLISH, AdminTexts
from bot.archive import Archive
from bot.background import Background
from bot.feedback import collection, complaints, document, summary
from bot.metrics import CANCELLED, FAILED, PUBLISHED, REFUSED
from bot.reloading import IndexingCancelledError, IndexingError, Reload, Reloader
from bot.state import State
from bot.texts import texts_for
from retrieval.errors import IsnadError
from retrieval.manifest import Manifest

_Context = ContextTypes.DEFAULT_TYPE

_EDIT_SECONDS = 3.0  # between edits of one message: Telegram allows some twenty a minute
_LONGEST = 3500  # characters of a message, of the 4096 that Telegram takes
_SKIPPED = 10
_RELOAD = "reload"

_Ended = dict[str, Any] | IndexingError | IsnadError
"""How a reload ended: what was published, or why nothing was."""

logger = logging.getLogger(__name__)


class Administration:
    """Handles what admins write; others do not learn that these commands exist."""

    def __init__(
        self,
        archive: Archive,
        reloader: Reloader,
        state: State,
        background: Background,
        roll_back: Callable[[], Manifest],
    ) -> None:
        """Args: the archive, what reloads it, the bot's memory, its tasks, and how to go back."""
        self._archive = archive
        self._reloader = reloader
        self._state = state
        self._background = background
        self._roll_back = roll_back
        self._started = time.monotonic()

    def register(self, application: Application[Any, Any, Any, Any, Any, Any], admins: Any) -> None:
        """Add the handlers, for the users with the ids `admins`, in private chats."""
        allowed = (
            filters.User(user_id=admins) & filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
        )
        for name, handler in (
            ("reload", self.reload),
            ("cancel", self.cancel),
            ("status", self.status),
            ("rollback", self.rollback),
            ("feedback", self.feedback),
        ):
            application.add_handler(CommandHandler(name, handler, allowed))

    async def reload(self, update: Update, _context: _Context) -> None:
        """Index in a process of its own, and tell in one message how far it is."""
        message, user, texts = _asked(update)
        running = self._reloader.running
        if running is not None:
            await message.reply_text(
                texts.reload_running.format(
                    by=running.by,
                    seconds=texts.duration(running.seconds),
                    stage=texts.stages[running.stage],
                    done=_done(running),
                )
            )
            return
        reload = Reload(by=user.full_name)
        # Begun before anything is awaited, so that a second command finds it running.
        work = self._follow(self._reloader.start(reload), user.id)
        indexing = self._background.begin(work, update)
        told = await message.reply_text(texts.reload_begins)
        self._background.begin(self._report(indexing, reload, told, texts), update)

    async def _follow(self, indexing: "asyncio.Task[dict[str, Any]]", user: int) -> _Ended:
        """Serve what is published, and write beginning and end into the audit log."""
        await self._state.did(user, _RELOAD, "begun")
        try:
            published = await indexing
            await self._archive.refresh()
        except (IndexingError, IsnadError) as error:
            logger.warning("not reloaded: %s", error)
            await self._state.did(user, _RELOAD, f"failed: {error}")
            self._archive.metrics.reloaded(_result(error))
            return error
        await self._state.did(user, _RELOAD, str(published["generation"]))
        self._archive.metrics.reloaded(PUBLISHED)
        return published

    async def reload_quietly(self) -> None:
        """Reload because the system asks for it, unless that is under way; the log tells how."""
        if self._reloader.running is None:
            await self._follow(self._reloader.start(Reload(by=ENGLISH.system)), 0)

    async def cancel(self, update: Update, _context: _Context) -> None:
        """Stop the indexer."""
        message, user, texts = _asked(update)
        if self._reloader.cancel():
            await self._state.did(user.id, "cancel")
            await message.reply_text(texts.cancelling)
        else:
            await message.reply_text(texts.nothing_to_cancel)

    async def rollback(self, update: Update, _context: _Context) -> None:
        """Serve the generation before again."""
        message, user, texts = _asked(update)
        try:
            manifest = await asyncio.to_thread(self._roll_back)
            await self._archive.refresh()
        except IsnadError as error:
            await message.reply_text(texts.not_rolled_back.format(why=error))
            return
        await self._state.did(user.id, "rollback", manifest.generation)
        await message.reply_text(
            texts.rolled_back.format(generation=manifest.generation, articles=manifest.articles)
        )

    async def feedback(self, update: Update, _context: _Context) -> None:
        """Send what readers think of answers, as a summary and as files."""
        message, user, texts = _asked(update)
        votes = await self._state.votes()
        await message.reply_text(summary(votes, texts, texts_for(user.language_code)))
        for name, made, caption in (
            ("questions.jsonl", collection, texts.votes_file),
            ("complaints.jsonl", complaints, texts.complaints_file),
        ):
            lines = await self._archive.run(made, votes)
            if lines:
                await message.reply_document(
                    document(lines), filename=name, caption=caption.format(count=len(lines))
                )
        await self._state.did(user.id, "feedback")

    async def status(self, update: Update, _context: _Context) -> None:
        """Say how the archive and the bot are."""
        message, user, texts = _asked(update)
        coverage, manifest = self._archive.coverage, self._archive.manifest
        midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        load = await self._state.load(midnight.timestamp())
        questions = texts.never_asked
        if load.questions:
            questions = texts.times.format(
                count=load.questions, median=round(load.median), p95=round(load.p95)
            )
        lines = [
            texts.status.format(
                generation=coverage.generation,
                created=manifest.created,
                articles=coverage.articles,
                undated=coverage.undated,
                passages=coverage.passages,
                encoder=manifest.encoder,
                uptime=texts.duration(time.monotonic() - self._started),
                memory=_memory() >> 20,
                questions=questions,
            )
        ]
        last = await self._state.last(_RELOAD)
        if last is None:
            lines.append(texts.status_no_reload)
        else:
            when = datetime.fromtimestamp(last.at).astimezone()
            lines.append(
                texts.status_reload.format(
                    when=f"{when:%Y-%m-%d %H:%M}", by=last.user or texts.system, how=last.detail
                )
            )
        votes = await self._state.votes()
        lines.append(summary(votes, texts, texts_for(user.language_code)))
        if self._reloader.running is not None:
            running = self._reloader.running
            stage = texts.stages[running.stage]
            lines.append(texts.status_running.format(stage=stage, done=_done(running)))
        await message.reply_text("\n".join(lines)[:_LONGEST])

    async def _report(
        self,
        indexing: "asyncio.Task[_Ended]",
        reload: Reload,
        told: TelegramMessage,
        texts: AdminTexts,
    ) -> None:
        """Edit one message until the indexer ends."""
        shown = ""
        while not (await asyncio.wait([indexing], timeout=_EDIT_SECONDS))[0]:
            text = _progress(reload, texts)
            if text != shown:
                await _edit(told, text)
                shown = text
        await _edit(told, _ending(await indexing, reload, texts))


def _asked(update: Update) -> tuple[TelegramMessage, Any, AdminTexts]:
    message, user = update.effective_message, update.effective_user
    assert message is not None
    assert user is not None
    code = user.language_code
    return message, user, ARABIC if code is None or code.startswith("ar") else ENGLISH


def _result(error: IndexingError | IsnadError) -> str:
    """Return what the metrics call a reload that published nothing."""
    if isinstance(error, IndexingCancelledError):
        return CANCELLED
    return REFUSED if isinstance(error, IndexingError) and error.refused else FAILED


def _done(reload: Reload) -> str:
    return f"{reload.done}/{reload.total}" if reload.total else str(reload.done or "")


def _progress(reload: Reload, texts: AdminTexts) -> str:
    lines = [
        texts.reload_progress.format(
            stage=texts.stages[reload.stage],
            done=_done(reload),
            seconds=texts.duration(reload.seconds),
        )
    ]
    if reload.seconds_left is not None:
        lines.append(texts.reload_left.format(seconds=texts.duration(reload.seconds_left)))
    return "\n".join(lines)


def _ending(ended: _Ended, reload: Reload, texts: AdminTexts) -> str:
    took = texts.duration(reload.seconds)
    if isinstance(ended, IndexingCancelledError):
        return texts.reload_cancelled.format(seconds=took)
    if isinstance(ended, Exception):
        refused = isinstance(ended, IndexingError) and ended.refused
        text = texts.reload_refused if refused else texts.reload_failed
        return text.format(why=ended)[:_LONGEST]
    skipped = ended["skipped"]
    changes = {name: number for name, number in ended["changes"].items() if name != "named"}
    lines = [
        texts.reload_done.format(
            seconds=took,
            articles=ended["articles"],
            passages=ended["passages"],
            skipped=len(skipped),
            generation=ended["generation"],
            **changes,
        )
    ]
    lines += [
        texts.reload_skipped.format(what=Path(one["what"]).name, why=one["why"])
        for one in skipped[:_SKIPPED]
    ]
    if len(skipped) > _SKIPPED:
        lines.append(texts.reload_more.format(count=len(skipped) - _SKIPPED))
    return "\n".join(lines)[:_LONGEST]


async def _edit(message: TelegramMessage, text: str) -> None:
    """Edit a message; one that cannot be edited (deleted, too old) is no reason to stop."""
    try:
        await message.edit_text(text)
    except BadRequest as error:
        logger.info("a message of progress could not be edited: %s", error)
    except TelegramError as error:
        logger.warning("a message of progress could not be edited: %s", error)


def _memory() -> int:
    """Return the bytes of memory that the bot and those who answer have, where the system tells."""
    processes = ["self", *(str(one.pid) for one in multiprocessing.active_children())]
    try:
        return sum(map(_resident, processes))
    except OSError:
        logger.debug("no /proc: the most memory that was ever used is told")
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def _resident(process: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS:"))
