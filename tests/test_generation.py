import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS, silent

from retrieval.articles.findings import Remark, Skipped
from retrieval.building import build
from retrieval.changes import Changes
from retrieval.concepts import fingerprint
from retrieval.encoder import BUNDLED, Encoder, StaticEncoder, load_encoder
from retrieval.errors import CorpusError, EncoderMismatchError, GenerationError, KilledError
from retrieval.generation import Generation
from retrieval.manifest import Manifest
from retrieval.opening import open_current
from retrieval.processes import Progress, run_fresh
from retrieval.publishing import current, is_current, publish_new
from retrieval.seal import check, check_sqlite, seal
from retrieval.store import Store
from retrieval.verification import verify

HOLD_THE_LOCK = """
import fcntl, os, sys, time
file = open(sys.argv[1], "a+")
fcntl.flock(file, fcntl.LOCK_EX)
file.write(str(os.getpid()))
file.flush()
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(3):
        text = f"افتتح الوزير المعرض رقم {number} في العاصمة أمس.\nوحضر الافتتاح جمهور كبير."
        (folder / f"article{number}.txt").write_text(text, encoding="utf-8")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(f): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def other_encoder(folder: Path) -> StaticEncoder:
    StaticEncoder.save(folder, ["=معرض", "=وزير"], np.eye(2, dtype=np.float32))
    return StaticEncoder.load(folder, name=str(folder))


def test_every_passage_of_the_store_is_a_slice_of_its_article(seeds_data: Path) -> None:
    name = current(seeds_data)
    assert name is not None
    store = Store(seeds_data / "generations" / name / "archive.sqlite")
    for article in store.articles():
        rows = store.rows_of(article.id)
        passages = store.passages(rows)
        assert "".join(passages[row].text for row in rows) == article.body
    store.close()


def test_store_lexical_index_and_vectors_count_the_same_passages(
    seeds_data: Path, encoder: Encoder
) -> None:
    opened = open_current(seeds_data, encoder)
    assert opened.coverage.articles == 5
    assert opened.coverage.passages == opened.lexical.count == opened.vectors.count()
    assert opened.manifest.passages == opened.coverage.passages
    opened.close()


def test_the_title_of_an_article_finds_its_passages_in_both_indexes(
    tmp_path: Path, encoder: Encoder
) -> None:
    corpus = tmp_path / "corpus.jsonl"
    records = [
        {"_id": "a", "title": "زلزال في المغرب", "text": "قال الناطق إن الفرق وصلت صباحا."},
        {"_id": "b", "title": "بطولة التنس", "text": "قال اللاعب إن المباراة كانت صعبة."},
    ]
    corpus.write_text("\n".join(json.dumps(r) for r in records), encoding="utf-8")
    build(tmp_path / "g", [corpus], encoder, silent)
    opened = Generation(tmp_path / "g", encoder)
    query = opened.lexical.query("زلزال المغرب")
    assert next(row for row, _ in opened.lexical.search(query, 5)) == 0
    vector = encoder.encode_questions(["زلزال المغرب"])[0]
    assert opened.vectors.search(vector, 2)[0][0] == 0
    opened.close()


def test_a_failed_build_leaves_the_current_generation_as_it_was(
    tmp_path: Path, corpus: Path, encoder: Encoder
) -> None:
    data = tmp_path / "var"
    published = publish_new(data, [corpus], BUNDLED, silent)
    before = files(data / "generations" / published.generation)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(CorpusError, match="no article under"):
        publish_new(data, [empty], BUNDLED, silent)
    assert current(data) == published.generation
    assert files(data / "generations" / published.generation) == before
    open_current(data, encoder).close()


def test_questions_write_nothing_but_chromas_own_sqlite_file(
    tmp_path: Path, corpus: Path, encoder: Encoder
) -> None:
    data = tmp_path / "var"
    publish_new(data, [corpus], BUNDLED, silent)
    before = files(data)
    opened = open_current(data, encoder)
    opened.lexical.search(opened.lexical.query("المعرض"), 3)
    opened.vectors.search(encoder.encode_questions(["المعرض"])[0], 3)
    opened.close()
    after = files(data)
    changed = {Path(name).name for name in after if after[name] != before.get(name)}
    assert changed <= {"chroma.sqlite3"}
    assert after.keys() == before.keys()


def test_a_generation_of_another_thesaurus_is_not_current_and_not_opened(
    tmp_path: Path, corpus: Path, encoder: Encoder
) -> None:
    data = tmp_path / "var"
    published = publish_new(data, [corpus], BUNDLED, silent)
    assert is_current(data, [corpus], encoder)
    assert fingerprint() in published.analyser
    manifest = data / "generations" / published.generation / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace(fingerprint(), "0" * 16), encoding="utf-8")
    assert not is_current(data, [corpus], encoder)
    with pytest.raises(GenerationError, match="build again"):
        open_current(data, encoder)


def test_the_generation_before_is_kept_and_older_ones_are_deleted(
    tmp_path: Path, corpus: Path
) -> None:
    data = tmp_path / "var"
    names = []
    for round_ in range(3):
        (corpus / "more.txt").write_text(f"جديد {round_} في الأخبار اليوم.", encoding="utf-8")
        names.append(publish_new(data, [corpus], BUNDLED, silent, keep=2).generation)
    kept = {folder.name for folder in (data / "generations").iterdir()}
    assert kept == set(names[1:])
    assert current(data) == names[2]


def test_a_generation_that_is_being_answered_from_is_not_deleted(
    tmp_path: Path, corpus: Path, encoder: Encoder
) -> None:
    data = tmp_path / "var"
    publish_new(data, [corpus], BUNDLED, silent)
    opened = open_current(data, encoder)
    for _ in range(2):
        publish_new(data, [corpus], BUNDLED, silent, keep=2)
    query = opened.lexical.query("المعرض")
    rows = [row for row, _ in opened.lexical.search(query, 3)]
    vector = encoder.encode_questions(["المعرض"])[0]
    assert len(opened.vectors.search(vector, 3)) == len(opened.store.passages(rows)) == 3
    opened.close()
    publish_new(data, [corpus], BUNDLED, silent, keep=2)
    assert opened.manifest.generation not in {f.name for f in (data / "generations").iterdir()}


def test_an_unchanged_corpus_is_current_and_any_change_to_it_is_not(
    tmp_path: Path, corpus: Path, encoder: Encoder
) -> None:
    data = tmp_path / "var"
    assert not is_current(data, [corpus], encoder)
    publish_new(data, [corpus], BUNDLED, silent)
    assert is_current(data, [corpus], encoder)
    assert not is_current(data, [corpus], other_encoder(tmp_path / "encoder"))
    (corpus / "article0.txt").write_text("نص آخر تماما عن موضوع آخر.", encoding="utf-8")
    assert not is_current(data, [corpus], encoder)


def test_another_encoder_is_refused_by_name(seeds_data: Path, tmp_path: Path) -> None:
    other = other_encoder(tmp_path / "encoder")
    with pytest.raises(EncoderMismatchError) as caught:
        open_current(seeds_data, other)
    assert "bundled" in str(caught.value)
    assert other.name in str(caught.value)
    assert "python -m retrieval index" in str(caught.value)


def test_no_generation_yet_says_how_to_build_one(tmp_path: Path, encoder: Encoder) -> None:
    with pytest.raises(GenerationError, match="python -m retrieval index"):
        open_current(tmp_path, encoder)


@pytest.mark.parametrize("part", ["manifest.json", "archive.sqlite", "tantivy", "chroma"])
def test_a_generation_that_lacks_a_part_is_refused_with_what_to_do(
    seeds_data: Path, tmp_path: Path, encoder: Encoder, part: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(seeds_data, copy)
    name = current(copy)
    assert name is not None
    missing = copy / "generations" / name / part
    shutil.rmtree(missing) if missing.is_dir() else missing.unlink()
    with pytest.raises(GenerationError, match="build again"):
        open_current(copy, encoder)


def test_an_altered_body_in_the_store_is_never_quoted(seeds_data: Path, tmp_path: Path) -> None:
    import sqlite3

    name = current(seeds_data)
    assert name is not None
    path = tmp_path / "archive.sqlite"
    shutil.copy(seeds_data / "generations" / name / "archive.sqlite", path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE article SET body = replace(body, 'روما', 'باريس')")
    connection.commit()
    connection.close()
    store = Store(path)
    with pytest.raises(GenerationError, match="not what was stored"):
        store.article("002_bf51089687a09448")
    store.close()


def test_two_builds_at_once_are_refused_naming_the_process_of_the_first(
    tmp_path: Path, corpus: Path
) -> None:
    data = tmp_path / "var"
    data.mkdir()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOLD_THE_LOCK,
            str(data / "index.lock"),
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(GenerationError, match=f"{holder.pid}"):
            publish_new(data, [corpus], BUNDLED, silent)
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close() if holder.stdout else None
    # The lock of a dead process is no lock.
    publish_new(data, [corpus], BUNDLED, silent)


def crash(_progress: Progress) -> None:
    os.kill(os.getpid(), 9)


def test_a_build_process_that_is_killed_is_an_error_that_publishes_nothing() -> None:
    with pytest.raises(KilledError, match="ended early"):
        run_fresh(crash, on_progress=silent)


def test_verification_refuses_a_store_whose_vectors_are_of_other_texts(
    tmp_path: Path, corpus: Path, encoder: Encoder
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    build(first, [corpus], encoder, silent)
    shutil.copytree(corpus, tmp_path / "others")
    for file in (tmp_path / "others").iterdir():
        file.write_text(f"{file.stem} خبر رياضي عن مباراة كرة.", encoding="utf-8")
    build(second, [tmp_path / "others"], encoder, silent)
    shutil.rmtree(first / "chroma")
    shutil.copytree(second / "chroma", first / "chroma")
    seal(first)  # or that would tell it
    with pytest.raises(GenerationError, match="Chroma"):
        run_fresh(verify, first, [corpus], BUNDLED, tmp_path, None, on_progress=silent)


def test_skipped_files_are_in_the_manifest_with_their_reason(tmp_path: Path, corpus: Path) -> None:
    (corpus / "broken.txt").write_bytes(b"\x89PNG\xff\xfe\x00\xfb")
    manifest = publish_new(tmp_path / "var", [corpus], BUNDLED, silent)
    assert manifest.articles == 3
    assert [Path(s.what).name for s in manifest.skipped] == ["broken.txt"]
    assert "binary" in manifest.skipped[0].why


@pytest.fixture(autouse=True)
def seeds_are_untouched() -> Iterator[None]:
    before = files(SEEDS)
    yield
    assert files(SEEDS) == before


def test_the_encoder_of_the_tests_is_the_one_that_ships(encoder: Encoder) -> None:
    assert encoder.fingerprint == load_encoder(BUNDLED).fingerprint


def test_findings_are_told_up_to_a_number_and_without_control_characters() -> None:
    skipped = tuple(Skipped(f"a\x1b[2J{n}.txt", "has no text") for n in range(250))
    manifest = Manifest(
        format=2,
        generation="g",
        created="",
        encoder="",
        encoder_fingerprint="",
        analyser="",
        server=None,
        corpus="",
        articles=1,
        passages=1,
        skipped=skipped,
        remarks=(Remark("b", "has the same text as a"),),
        replaces=None,
        changes=Changes.between({}, {}),
        taken=0,
        seconds=0.0,
    )
    lines = manifest.findings()
    assert lines[0] == "skipped a?[2J0.txt: has no text"
    assert len(lines) == 201
    assert lines[-1] == "and 51 more, in its manifest.json"


def test_damage_that_sqlite_quotes_and_nobody_can_read_is_told_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE tabl(aaaa text)")
    whole = path.read_bytes()
    torn = whole.replace(b"tabltabl", b"ta\xadlta\xadl")
    torn = torn.replace(b"TABLE tabl(aaaa text)", b"TABLE ta\xadl(aaaa te,,)")
    assert len(torn) == len(whole)
    path.write_bytes(torn)
    with pytest.raises(GenerationError, match=r"archive\.sqlite is damaged"):
        check_sqlite(path)


@pytest.mark.parametrize(
    ("written", "damaged", "told"),
    [
        # Chroma would hand on what SQLite says of the first, which is no text, and end the process;
        # the second it would read, and panic.
        (
            b"CREATE TABLE acquire_write",
            b"CREATE TA\xaaLE acquire_write",
            r"chroma\.sqlite3 is damaged",
        ),
        (b"CREATE TABLE tenants", b"CREATE TABLE t\xe2nants", r"chroma\.sqlite3"),
        (b"passages", b"messages", r"chroma\.sqlite3 does not .*: table collections"),
    ],
)
def test_damage_in_chromas_database_is_told_before_chroma_reads_it(
    tmp_path: Path, corpus: Path, encoder: Encoder, written: bytes, damaged: bytes, told: str
) -> None:
    folder = tmp_path / "generation"
    build(folder, [corpus], encoder, silent)
    Generation(folder, encoder).close()  # which Chroma counts in a table of its own
    check(folder, every_byte=True)
    database = folder / "chroma" / "chroma.sqlite3"
    content = database.read_bytes()
    assert written in content
    database.write_bytes(content.replace(written, damaged))
    with pytest.raises(GenerationError, match=told):
        Generation(folder, encoder)
