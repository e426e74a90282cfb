"""What is left when the indexer or the bot is killed, the disk fills up, or files are damaged.

    python benchmarks/crashes.py [--rounds 100] [--swaps 50] [--seed N] [SCENARIO...]

Everything is done to the real thing: processes are killed by SIGKILL at random moments of a whole
run, a small file system (tmpfs; where none may be mounted, a limit on the size of files) runs full,
bytes of a generation are flipped on disk. After each a fresh process has to answer from a whole
generation, the one that is published. A scenario ends with a line of what was seen, or with the
first thing that was not as it should be, and the seed to see it again.

`tests/test_crashes.py` runs the same in short.
"""

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

sys.path.append(str(Path(__file__).parent.parent / "tests"))  # where the fake Bot API server is

from fakes import TOKEN, BotApi, StoredMessage

from bot.archive import Archive
from bot.cards import Pointer
from bot.engine import ProcessEngine
from retrieval.encoder import BUNDLED
from retrieval.errors import GenerationError
from retrieval.manifest import read_manifest
from retrieval.opening import open_afresh
from retrieval.processes import run_fresh
from retrieval.publishing import current, holder, open_store, prune, publish_new
from retrieval.verification import verify

ROOT = Path(__file__).parent.parent
QUESTION = "كم حالة ذكرها الخبراء عن الزلزال؟"
ANSWERED_FROM = "article0"
WAIT = 300.0
"""Seconds after which something hangs; no measure of anything."""

_SUBJECTS = ("الزلزال", "الانتخابات", "المعرض", "الميزانية", "الجفاف", "القمر الصناعي", "الميناء")
_PUBLISHING_SHARE = 0.3  # of the kills: in the last moments, where a pointer is replaced
_PUBLISHING_SECONDS = 0.4


class BrokenError(Exception):
    """Something was not as it should be after a crash."""


def expect(condition: object, what: str) -> None:
    """Go on only if something holds."""
    if not condition:
        raise BrokenError(what)


@dataclass
class House:
    """A corpus and a data folder that processes of the product work on."""

    folder: Path
    edits: int = 0
    seconds: float = 20.0
    """How long the last build took."""

    @property
    def corpus(self) -> Path:
        """The articles."""
        return self.folder / "corpus"

    @property
    def data(self) -> Path:
        """The generations."""
        return self.folder / "var"

    @property
    def generation(self) -> Path:
        """The folder of the current generation."""
        return self.data / "generations" / str(current(self.data))

    def furnish(self) -> None:
        """Write a corpus and publish it."""
        self.corpus.mkdir(parents=True)
        for number, subject in enumerate(_SUBJECTS):
            self.write(f"article{number}", subject)
        self.index()

    def write(self, name: str, subject: str) -> None:
        """Write an article about something."""
        told = f"تحدث الخبراء عن {subject} طويلا وقالوا إن العدد بلغ 20 حالة أمس."
        text = f"خبر عن {subject}\n\n{told}"
        (self.corpus / f"{name}.txt").write_text(text, encoding="utf-8")

    def edit(self) -> None:
        """Change the corpus."""
        self.edits += 1
        self.write("edited", f"الحدث رقم {self.edits}")

    def start(
        self, *command: str, environment: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        """Start a command of the product in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={
                **os.environ,
                "ISNAD_DATA": str(self.data),
                "ISNAD_CORPUS": str(self.corpus),
                **(environment or {}),
            },
            text=True,
            start_new_session=True,
            **options,
        )

    def run(self, *command: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command of the product to its end."""
        process = self.start(
            *command,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = process.communicate(stdin, timeout=WAIT)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def index(self) -> str:
        """Build and publish, which must succeed; return the name of the generation."""
        started = time.monotonic()
        done = self.run("retrieval", "index", "--progress-json")
        self.seconds = time.monotonic() - started
        expect(done.returncode == 0, f"the next build failed: {done.stdout[-500:]}{done.stderr}")
        name: str = json.loads(done.stdout.splitlines()[-1])["published"]["generation"]
        expect(current(self.data) == name, f"{name} was told and {current(self.data)} is current")
        return name

    def twin(self) -> tuple[str, str]:
        """Publish a copy of the current generation; return the names of both, the older first."""
        manifest = json.loads((self.generation / "manifest.json").read_text(encoding="utf-8"))
        first = manifest["generation"]
        second = f"{first}-twin"
        shutil.copytree(self.generation, self.data / "generations" / second)
        manifest |= {"generation": second, "replaces": first}
        text = json.dumps(manifest)
        (self.data / "generations" / second / "manifest.json").write_text(text, encoding="utf-8")
        point(self.data, second)
        return first, second

    def expect_recovery(self) -> None:
        """The next build succeeds, nothing is left behind, and a fresh process answers from it."""
        self.edit()
        self.index()
        self.expect_tidy()
        self.ask()

    def ask(self) -> None:
        """Have a fresh process answer, from the current generation and to the letter."""
        done = self.run("retrieval", "ask", QUESTION, "--json")
        expect(done.returncode == 0, f"ask ended with {done.returncode}: {done.stderr}")
        answer = json.loads(done.stdout)
        expect(answer["archive"]["generation"] == current(self.data), "answered from another")
        manifest = read_manifest(self.generation)
        counted = answer["archive"]["articles"], answer["archive"]["passages"]
        expect(counted == (manifest.articles, manifest.passages), f"{counted} counted: not whole")
        expect(answer["hits"], "nothing is found any more")
        expect(answer["hits"][0]["article_id"] == ANSWERED_FROM, "another article answers")
        store = open_store(self.data)
        for hit in answer["hits"]:
            body = store.article(hit["article_id"]).body
            expect(body[hit["start"] : hit["end"]] == hit["text"], "a quotation is no slice")
        store.close()

    def expect_tidy(self) -> None:
        """Nothing half built is left, nothing that nobody needs, and nobody holds the lock."""
        needed = set()
        name = current(self.data)
        while name and (self.data / "generations" / name).is_dir():
            needed.add(name)
            name = read_manifest(self.data / "generations" / name).replaces
        found = {folder.name for folder in (self.data / "generations").iterdir()}
        expect(found == needed, f"{sorted(found - needed)} are left behind")
        expect(holder(self.data) is None, "the lock is held by nobody who lives")


# --- The indexer is killed ----------------------------------------------------------------------


def kill_indexers(house: House, rounds: int, rng: random.Random) -> str:
    """Kill the indexer: its whole group, its parent, or the child that builds or verifies."""
    seen: Counter[str] = Counter()
    published = 0
    for number in range(rounds):
        house.edit()
        before = current(house.data)
        whom = ("group", "child", "parent")[number % 3]
        stage = _kill_an_indexer(house, whom, rng)
        seen[f"{whom} at {stage}"] += 1
        house.ask()
        published += current(house.data) != before
    stages = ", ".join(f"{count} x {what}" for what, count in sorted(seen.items()))
    return f"{rounds} kills, {published} after publication, every answer whole; {stages}"


def _kill_an_indexer(house: House, whom: str, rng: random.Random) -> str:
    """Kill at a random moment; return the stage it was in."""
    told = house.folder / "told.jsonl"
    late = rng.random() < _PUBLISHING_SHARE
    delay = rng.uniform(0, _PUBLISHING_SECONDS) if late else rng.uniform(0, house.seconds)
    with told.open("w", encoding="utf-8") as out:
        process = house.start(
            "retrieval", "index", "--progress-json", stdout=out, stderr=subprocess.DEVNULL
        )
    if late:
        _wait(lambda: _stages(told).count("verified") == 2 or process.poll() is not None)
    with suppress(subprocess.TimeoutExpired):
        process.wait(delay)
    stage = (_stages(told) or ["start"])[-1]
    victims = _children(process.pid) if whom == "child" else [process.pid]
    if process.poll() is not None:
        stage = "end"
    elif whom == "group":
        os.killpg(process.pid, signal.SIGKILL)
    for victim in victims:
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
    process.wait(WAIT)
    # Whatever the parent began ends with it, soon and by itself.
    _wait(lambda: not _alive(process.pid))
    return stage


def _stages(told: Path) -> list[str]:
    lines = told.read_text(encoding="utf-8").splitlines()
    records = []
    for line in lines:
        with suppress(ValueError):  # the last line may be torn: its writer was killed
            records.append(json.loads(line))
    return [record.get("stage", "result") for record in records]


def _children(pid: int) -> list[int]:
    """Return the processes that build and verify for an indexer."""
    with suppress(OSError):
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return [int(child) for child in listed if "spawn_main" in _command(int(child))]
    return []


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    return ""


def _alive(group: int) -> list[int]:
    """Return the processes of a group that are not dead."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                if int(fields[2]) == group and fields[0] not in "ZX":
                    found.append(int(folder.name))
    return found


def _wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT
    while not condition():
        expect(time.monotonic() < deadline, "something hangs")
        time.sleep(0.02)


# --- The bot is killed --------------------------------------------------------------------------


def kill_bots(house: House, rounds: int, rng: random.Random) -> str:
    """Kill the bot at random moments around a swap; started again, it answers from what is current.

    Two generations of one corpus are current by turns: the pointer is replaced as `index` does it.
    """
    return asyncio.run(_kill_bots(house, house.twin(), rounds, rng))


async def _kill_bots(house: House, pair: tuple[str, str], rounds: int, rng: random.Random) -> str:
    async with BotApi() as api:
        reader = api.user()
        expected = 0
        for number in range(rounds + 1):
            with started_bot(house, api) as process:
                expected += 1
                await reader.send(QUESTION)
                cards = await api.wait_for_messages(reader.id, expected, timeout=WAIT)
                expect(ANSWERED_FROM in cards[-1].entities_of("code"), "another article answers")
                expect(
                    generations_of(cards[-1]) == {current(house.data)},
                    f"answered from {generations_of(cards[-1])} after a restart",
                )
                if number < rounds:
                    point(house.data, pair[number % 2])
                    await asyncio.sleep(rng.uniform(0, 4))  # it looks every two seconds
                    process.kill()
                    process.wait(WAIT)
    return f"{rounds} kills, {rounds} restarts that answered from the current generation"


@contextmanager
def started_bot(house: House, api: BotApi) -> Iterator[subprocess.Popen[str]]:
    """Run the bot as a process of its own against the fake Bot API server."""
    log = house.folder / "bot.log"
    with log.open("a", encoding="utf-8") as out:
        process = house.start(
            "bot",
            stdout=out,
            stderr=out,
            environment={
                "ISNAD_TELEGRAM__TOKEN": TOKEN,
                "ISNAD_TELEGRAM__API_URL": api.base_url.removesuffix("/bot"),
            },
        )
    try:
        yield process
    finally:
        # Not told to end: it would say so to the server, which lives in the loop that waits here.
        process.kill()
        process.wait(WAIT)


def generations_of(card: StoredMessage) -> set[str]:
    """Return the generations that the buttons of a card name."""
    found = (Pointer.parse(button.get("callback_data", "")) for button in card.buttons)
    return {pointer.generation for pointer in found if pointer}


def point(data: Path, name: str) -> None:
    """Make a generation current."""
    new = data / "current.new"
    new.write_text(f"{name}\n", encoding="utf-8")
    new.replace(data / "current")


# --- The disk is full ---------------------------------------------------------------------------


_MOST_ROOM = 0.3
"""Of what a generation takes: what is taken over from the one before is copied in a moment."""

_TRIES = 5
"""Builds of which one must find the disk full: one that is quick has written all but that."""


def fill_disks(house: House, rounds: int, rng: random.Random, *, small: bool) -> str:
    """Let the disk run full while a generation is built, with room for a random part of one.

    Args:
        house: One on a `small_disk`.
        rounds: How often.
        rng: Where randomness comes from.
        small: Whether the disk is really small; if not, files may not grow beyond a size.
    """
    size = sum(file.stat().st_size for file in house.generation.rglob("*") if file.is_file())
    seen: Counter[str] = Counter()
    for _ in range(rounds):
        room = int(rng.uniform(0, _MOST_ROOM) * size)
        for _ in range(_TRIES):
            house.edit()
            prune(house.data)  # what kills have left would be deleted by the build, and make room
            before = house.generation.name, _generations(house)
            if told := _fail_for_want_of_room(house, room, small=small):
                break
        else:
            raise BrokenError("every build had written nearly all before the disk was full")
        seen[told] += 1
        after = house.generation.name, _generations(house)
        expect(before == after, f"{after} is left, {before} was there")
        house.ask()
    how = "tmpfs" if small else "limit on the size of files"
    messages = ", ".join(f"{count} x {why!r}" for why, count in seen.items())
    return f"{rounds} full disks ({how}): {messages}"


def _generations(house: House) -> set[Path]:
    return set((house.data / "generations").iterdir())


def _fail_for_want_of_room(house: House, room: int, *, small: bool) -> str | None:
    """Return what a build says that finds the disk full; None where the room was enough for it."""
    process = house.start("retrieval", "index", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    filler = house.data / "filler"
    if small:
        before = _generations(house)
        # Begun: what is built first has found room enough.
        _wait(lambda: _generations(house) - before or process.poll() is not None)
        _signal(process, signal.SIGSTOP)  # filling takes a moment, too
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while (free := shutil.disk_usage(house.data).free - room) > 0:
                file.write(bytes(min(free, 1 << 20)))
        _signal(process, signal.SIGCONT)
    else:
        # No file as large as the largest of a generation, less what is left.
        largest = max(file.stat().st_size for file in house.generation.rglob("*"))
        limit = min(room, largest - 1)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
    out, complaint = process.communicate(timeout=WAIT)
    filler.unlink(missing_ok=True)
    if small and process.returncode == 0:
        return None
    expect(process.returncode == 1, f"ended with {process.returncode}: {out}{complaint}")
    expect("Traceback" not in complaint, f"a traceback: {complaint}")
    lines = [line for line in complaint.splitlines() if line.startswith("isnad: ")]
    expect(len(lines) == 1, f"not one message: {complaint}")
    expect("full" in complaint or not small, f"does not say that the disk is full: {complaint}")
    return lines[0].removeprefix("isnad: ").replace(str(house.data), "DATA")


def _signal(process: subprocess.Popen[str], number: int) -> None:
    with suppress(ProcessLookupError):  # it has ended by itself
        os.killpg(process.pid, number)


def _full_disk(house: House, rounds: int, rng: random.Random) -> str:
    with small_disk(house) as small:
        told = fill_disks(house, rounds, rng, small=small)
        house.expect_recovery()
    return told


@contextmanager
def small_disk(house: House) -> Iterator[bool]:
    """Put the data folder on a small file system, if this process may; say whether it is."""
    kept = house.folder / "kept"
    house.data.rename(kept)
    house.data.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    small = False
    if mount and unmount:
        command = [mount, "-t", "tmpfs", "-o", "size=80m", "tmpfs", str(house.data)]
        small = subprocess.run(command, capture_output=True, check=False).returncode == 0
    shutil.copytree(kept, house.data, dirs_exist_ok=True)
    try:
        yield small
    finally:
        if small and unmount:
            subprocess.run([unmount, str(house.data)], check=True)
        shutil.rmtree(house.data)
        kept.rename(house.data)


# --- Files are damaged --------------------------------------------------------------------------


def flip(path: Path, rng: random.Random) -> None:
    """Turn over bytes here and there."""
    content = bytearray(path.read_bytes())
    for _ in range(max(8, len(content) // 1000)):
        content[rng.randrange(len(content))] ^= 0xFF
    path.write_bytes(content)


def halve(path: Path, _rng: random.Random) -> None:
    """Cut off the second half."""
    os.truncate(path, path.stat().st_size // 2)


def remove(path: Path, _rng: random.Random) -> None:
    """Delete it."""
    path.unlink()


DAMAGES: tuple[Callable[[Path, random.Random], None], ...] = (flip, halve, remove)


def files_of(generation: Path) -> list[Path]:
    """Return what a generation reads of its folder, relative to it."""
    found = (file for file in sorted(generation.rglob("*")) if file.is_file())
    return [file.relative_to(generation) for file in found if file.stat().st_size]


def damage_files(house: House, rounds: int, rng: random.Random) -> str:
    """Damage files of Chroma, and others, in as many rounds as there are damages at most.

    The gate must refuse a new generation so damaged, with the name of the file, and `ask` must say
    what is damaged or answer to the letter: of what is no file of Chroma or tantivy only the size
    is looked at, and what it says is checked when it is read.
    """
    name = house.generation.name
    all_of = [(file, damage) for file in files_of(house.generation) for damage in DAMAGES]
    all_of = [one for one in all_of if one[0].name not in ("manifest.json", "seal.json")]
    chroma = [one for one in all_of if one[0].parts[0] == "chroma"]
    others = [one for one in all_of if one not in chroma]
    worst, *chroma = chroma  # bytes of the graph: what ends a process that opens it
    chosen = [worst, *rng.sample(chroma, len(chroma)), *rng.sample(others, len(others))]
    told = answered = 0
    for file, damage in chosen[:rounds]:
        kept = house.folder / "whole"
        shutil.copytree(house.generation, kept)
        damage(house.generation / file, rng)
        what = f"{damage.__name__} {file}"
        refused = _refusal(house)
        expect(file.name in refused, f"{what}: the gate says {refused!r}")
        done = house.run("retrieval", "ask", QUESTION, "--json")
        expect(done.returncode in (0, 1), f"{what}: ask ended with {done.returncode}")
        expect("Traceback" not in done.stderr, f"{what}: {done.stderr}")
        if done.returncode:
            expect("damaged" in done.stderr, f"{what}: {done.stderr}")
            told += 1
        else:
            expect(file.parts[0] != "chroma", f"{what}: answered from a damaged Chroma")
            answered += 1
        shutil.rmtree(house.generation)
        kept.rename(house.data / "generations" / name)
    return f"{told + answered} damages, all refused by the gate; ask: {told} told, {answered} borne"


def _refusal(house: House) -> str:
    try:
        run_fresh(
            verify, house.generation, [house.corpus], BUNDLED, house.data, None, on_progress=_silent
        )
    except GenerationError as error:
        return str(error)
    return ""


def mend_at_start(house: House) -> str:
    """A bot that meets a damaged generation at its start builds anew, or else goes back.

    It answers in the terminal here: which door the question comes through makes no difference.
    """
    before, damaged = house.twin()
    flip(next(house.generation.rglob("data_level0.bin")), random.Random(1))
    kept = house.folder / "elsewhere"
    house.corpus.rename(kept)
    house.corpus.mkdir()  # nothing to build from
    _answers_in_terminal(house, "no article")
    expect(current(house.data) == before, f"{current(house.data)} is current, not {before}")
    house.corpus.rmdir()
    kept.rename(house.corpus)
    point(house.data, damaged)
    _answers_in_terminal(house, "is built anew")
    replaced = read_manifest(house.generation).replaces
    expect(replaced == before, f"built anew it replaces {replaced}, not what is whole")
    house.expect_tidy()
    house.ask()
    return "a damaged generation was replaced by the one before, and by a new one"


def _answers_in_terminal(house: House, logged: str) -> None:
    done = house.run("bot", stdin=f"{QUESTION}\n")
    expect(done.returncode == 0, f"the bot ended with {done.returncode}: {done.stderr}")
    expect(ANSWERED_FROM in done.stdout, f"not answered: {done.stdout}{done.stderr}")
    expect(logged in done.stderr, f"not told: {done.stderr}")
    expect("Traceback" not in done.stderr, f"a traceback: {done.stderr}")


# --- Two at once --------------------------------------------------------------------------------


def two_indexers(house: House) -> str:
    """The second of two indexers ends with a message that names the first; a dead one is no bar."""
    first = house.start(
        "retrieval", "index", "--progress-json", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert first.stdout is not None
        first.stdout.readline()
        second = house.run("retrieval", "index")
        expect(second.returncode == 1, f"the second ended with {second.returncode}")
        expect(f"process {first.pid}" in second.stderr, f"no holder named: {second.stderr}")
        expect(second.stderr.count("isnad: ") == 1, f"not one message: {second.stderr}")
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait(WAIT)
        first.stdout.close() if first.stdout else None
    expect(holder(house.data) is None, "a dead process holds the lock")
    return "the second was told who holds the lock, and the dead one's was free"


# --- The power is cut ---------------------------------------------------------------------------


def power_cut_order(house: House) -> str:
    """Everything of a generation is synced before the pointer is replaced.

    Seen by standing in for `os.fsync` and `os.replace` in a process that publishes, which call the
    real ones; where there is strace, `trace_order` sees it from outside.
    """
    house.edit()
    events: list[tuple[str, str]] = []
    written: dict[str, tuple[int, int]] = {}
    fsync, replace = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        path = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)
        found = os.stat(descriptor)
        written[path] = found.st_size, found.st_mtime_ns
        events.append(("fsync", path))

    def replaced(source: Any, target: Any) -> None:
        replace(source, target)
        events.append(("rename", str(target)))

    with patch("os.fsync", synced), patch("os.replace", replaced):
        manifest = publish_new(house.data, [house.corpus], BUNDLED, _silent)
    folder = house.data / "generations" / manifest.generation
    for file in folder.rglob("*"):
        if file.is_file():
            found = file.stat()
            same = written.get(str(file)) == (found.st_size, found.st_mtime_ns)
            expect(same, f"{file} was not synced as it is")
    return _judge_order(house, folder, events)


def trace_order(house: House) -> str:
    """Look at the same from outside, through strace."""
    if not shutil.which("strace"):
        return "there is no strace here"
    house.edit()
    trace = house.folder / "trace"
    calls = "trace=fsync,rename,renameat,renameat2"
    command = ["strace", "-f", "-y", "-o", str(trace), "-e", calls]
    done = subprocess.run(
        [*command, sys.executable, "-m", "retrieval", "index"],
        cwd=ROOT,
        env={**os.environ, "ISNAD_DATA": str(house.data), "ISNAD_CORPUS": str(house.corpus)},
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT,
    )
    if not trace.is_file() or "Operation not permitted" in done.stderr:
        return "strace may not trace here"
    expect(done.returncode == 0, f"index ended with {done.returncode}: {done.stderr}")
    events = []
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        call = line.split(maxsplit=1)[-1]
        if call.startswith("fsync(") and call.endswith("= 0"):
            events.append(("fsync", call.partition("<")[2].partition(">")[0]))
        elif call.startswith("rename") and call.endswith("= 0"):
            events.append(("rename", call.split('"')[3]))
    return f"strace: {_judge_order(house, house.generation, events)}"


def _judge_order(house: House, folder: Path, events: list[tuple[str, str]]) -> str:
    pointer = ("rename", str(house.data / "current"))
    expect(events.count(pointer) == 1, f"the pointer was replaced {events.count(pointer)} times")
    moment = events.index(pointer)
    synced = {path for kind, path in events[:moment] if kind == "fsync"}
    needed = {str(path) for path in folder.rglob("*")}
    needed |= {str(folder), str(folder.parent), str(house.data), str(house.data / "current.new")}
    expect(needed <= synced, f"not synced before the pointer: {sorted(needed - synced)}")
    after = [path for kind, path in events[moment:] if kind == "fsync"]
    expect(str(house.data) in after, "the pointer itself is not synced")
    return f"{len(needed)} files and folders were synced before the pointer was replaced"


# --- Many swaps ---------------------------------------------------------------------------------


def swap_often(house: House, swaps: int) -> str:
    """Swap two generations under one archive; files and memory must stay level.

    Files are those of the processes that last, this one and the one that others are forked from:
    the one that answers is a new one after each swap, and Chroma opens as many connections in it
    as it happens to need.
    """
    return asyncio.run(_swap_often(house, house.twin(), swaps))


async def _swap_often(house: House, pair: tuple[str, str], swaps: int) -> str:
    def opened() -> ProcessEngine:
        return ProcessEngine(partial(open_afresh, house.data, [house.corpus], BUNDLED))

    archive = Archive(opened(), lambda name: opened() if current(house.data) != name else None)
    files, memory = [], []
    warm = max(5, swaps // 5)
    for number in range(warm + swaps):
        point(house.data, pair[number % 2])
        expect(await archive.refresh(), "the archive did not swap")
        answer = await archive.answer(QUESTION)
        expect(answer.coverage.generation == current(house.data), "answered from another")
        gc.collect()
        answering = await _only_engine()
        lasting = [os.getpid(), _parent_of(answering)]
        files.append(sum(map(_open_files, lasting)))
        memory.append(sum(map(_resident, [*lasting, answering])))
    files, memory = files[warm:], memory[warm:]
    third = max(1, swaps // 3)
    # The pipes of a process that has ended are closed a moment after it.
    bound, waited = max(files[:third]), time.monotonic() + WAIT
    while sum(map(_open_files, lasting)) > bound:
        expect(time.monotonic() < waited, f"open files grow: {files}")
        await asyncio.sleep(0.05)
    archive.close()
    grown = sum(memory[-third:]) / third - sum(memory[:third]) / third
    expect(grown < 16 << 20, f"memory grows by {grown / 2**20:.1f} MB: {memory}")
    return (
        f"{swaps} swaps: {files[0]} open files at first, {files[-1]} at last; "
        f"{memory[0] >> 20} MB at first, {memory[-1] >> 20} MB at last"
    )


async def _only_engine() -> int:
    """Return the process that answers, when those of the generations before have ended."""
    for _ in range(int(WAIT * 20)):
        processes = multiprocessing.active_children()
        if len(processes) == 1:
            return processes[0].pid or 0
        await asyncio.sleep(0.05)
    raise BrokenError("processes of generations that are no longer served go on")


def _parent_of(process: int) -> int:
    """Return the process that another was forked from."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.partition("PPid:")[2].split()[0])


def _open_files(process: int) -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def _resident(process: int) -> int:
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def _silent(_stage: str, _done: int, _total: int | None) -> None:
    """Progress that nobody watches."""


def main() -> None:
    """Run every scenario in a house of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--swaps", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    options = parser.parse_args()
    # Told to end, it ends what it has started, too.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    rounds = options.rounds
    scenarios: dict[str, Callable[[House, random.Random], str]] = {
        "kill-indexers": lambda house, rng: kill_indexers(house, rounds, rng),
        "kill-bots": lambda house, rng: kill_bots(house, max(1, rounds // 5), rng),
        "full-disk": lambda house, rng: _full_disk(house, max(1, rounds // 5), rng),
        "damage": lambda house, rng: damage_files(house, rounds, rng),
        "mend": lambda house, _rng: mend_at_start(house),
        "two": lambda house, _rng: two_indexers(house),
        "order": lambda house, _rng: power_cut_order(house),
        "strace": lambda house, _rng: trace_order(house),
        "swaps": lambda house, _rng: swap_often(house, options.swaps),
    }
    unknown = set(options.scenarios) - scenarios.keys()
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}; {', '.join(scenarios)}")
    print(f"seed: {options.seed}", flush=True)
    for name in options.scenarios or scenarios:
        with TemporaryDirectory(prefix="isnad-") as folder:
            house = House(Path(folder) / "house")
            house.furnish()
            started = time.monotonic()
            try:
                told = scenarios[name](house, random.Random(options.seed))
                house.expect_recovery()
            except BrokenError as error:
                sys.exit(f"{name}: {error}\nseed: {options.seed}")
            print(f"{name}: {told} ({time.monotonic() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
