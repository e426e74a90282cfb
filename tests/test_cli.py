"""The commands as a shell starts them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SEEDS

from bot.texts import ARABIC


def run(
    *arguments: str,
    data: Path,
    stdin: str = "",
    cwd: Path = ROOT,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        input=stdin.encode(),
        capture_output=True,
        cwd=cwd,
        env={**os.environ, "ISNAD_DATA": str(data), "PYTHONPATH": str(ROOT), **(environment or {})},
        check=False,
        timeout=120,
    )


def ask_json(question: str, data: Path, *options: str) -> dict[str, Any]:
    done = run("retrieval", "ask", question, "--json", *options, data=data)
    assert done.returncode == 0, done.stderr.decode()
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def failure(*arguments: str, data: Path, **environment: str) -> str:
    done = run(*arguments, data=data, environment=environment)
    message = done.stderr.decode()
    assert done.returncode not in (0, None)
    assert "Traceback" not in message
    assert done.stdout == b""
    return message


def test_index_builds_and_publishes_and_ask_and_show_agree_to_the_letter(tmp_path: Path) -> None:
    indexed = run("retrieval", "index", "--corpus", str(SEEDS), data=tmp_path)
    assert indexed.returncode == 0, indexed.stderr.decode()
    assert "5 articles" in indexed.stdout.decode()
    answer = ask_json("كم عضوا في التحالف الدولي؟", tmp_path, "--top-k", "5")
    assert answer["outcome"] == "answered"
    for hit in answer["hits"]:
        body = run("retrieval", "show", hit["article_id"], data=tmp_path).stdout.decode()
        assert body[hit["start"] : hit["end"]] == hit["text"]
        if hit["answer"]:
            assert body[hit["answer"]["start"] : hit["answer"]["end"]] == hit["answer"]["text"]


def test_json_has_the_fields_that_others_rely_on(seeds_data: Path) -> None:
    answer = ask_json("كم مقاتلا محتجز في معسكرات قوات سوريا الديمقراطية؟", seeds_data)
    assert {"outcome", "hits", "archive", "elapsed_ms"} <= answer.keys()
    assert {"articles", "passages", "from", "to", "generation"} <= answer["archive"].keys()
    hit = answer["hits"][0]
    assert hit["article_id"] == "002_bf51089687a09448"
    assert {"title", "source", "published", "url", "text", "start", "end", "also_in"} <= hit.keys()
    assert hit["source"] == {"name": None, "basis": "unknown"}
    assert hit["published"] == {"value": "2021-06-28", "precision": "day", "basis": "estimated"}
    assert hit["answer"]["text"] in hit["text"]


def test_absent_has_no_hits(seeds_data: Path) -> None:
    answer = ask_json("ما هي أفضل وصفة للكشري؟", seeds_data)
    assert answer["outcome"] == "absent"
    assert answer["hits"] == []


def test_show_json_is_the_provenance(seeds_data: Path) -> None:
    done = run("retrieval", "show", "000_93b21bcfa360256c", "--json", data=seeds_data)
    shown = json.loads(done.stdout)
    assert shown["source"] == {"name": "بوابة روزا اليوسف", "basis": "editor"}
    assert shown["published"]["value"] == "2021-03-30"


def test_ask_loads_neither_torch_nor_sentence_transformers(seeds_data: Path) -> None:
    code = (
        "import sys\n"
        "from retrieval.__main__ import main\n"
        "sys.argv = ['isnad', 'ask', 'كم عضوا في التحالف الدولي؟', '--json']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers', 'sklearn'}\n"
        "loaded = heavy & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "ISNAD_DATA": str(seeds_data)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


def test_without_a_generation_the_error_says_how_to_build_one(tmp_path: Path) -> None:
    for command in (("ask", "سؤال"), ("show", "000")):
        message = failure("retrieval", *command, data=tmp_path / "none")
        assert "python -m retrieval index" in message


def test_an_empty_corpus_is_an_error_by_its_path(tmp_path: Path) -> None:
    message = failure("retrieval", "index", "--corpus", str(tmp_path), data=tmp_path / "var")
    assert "no article under" in message
    assert str(tmp_path) in message


def test_a_corpus_that_does_not_exist_names_the_setting(tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere")
    message = failure("retrieval", "index", data=tmp_path / "var", ISNAD_CORPUS=missing)
    assert missing in message
    assert "ISNAD_CORPUS" in message


def test_an_unreadable_file_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "good.txt").write_text("افتتح الوزير المعرض في العاصمة أمس.", encoding="utf-8")
    (corpus / "bad.txt").write_bytes(b"\xd8\xff\xfe")
    done = run("retrieval", "index", "--corpus", str(corpus), data=tmp_path / "var")
    assert done.returncode == 0
    assert "1 articles" in done.stdout.decode()
    assert "bad.txt" in done.stderr.decode().replace("\n", "")


@pytest.mark.parametrize("question", ["", "  ", "؟!"])
def test_an_empty_question_is_an_error(seeds_data: Path, question: str) -> None:
    assert "question is empty" in failure("retrieval", "ask", question, data=seeds_data)


def test_an_unknown_article_is_an_error_by_its_id(seeds_data: Path) -> None:
    assert "nothing-like-it" in failure("retrieval", "show", "nothing-like-it", data=seeds_data)


def test_a_wrong_setting_stops_the_start_by_its_name(seeds_data: Path) -> None:
    secret = "not a token at all"
    message = failure("retrieval", "index", data=seeds_data, ISNAD_TELEGRAM__TOKEN=secret)
    assert "ISNAD_TELEGRAM__TOKEN" in message
    assert secret not in message


def test_a_missing_encoder_folder_is_one_clear_sentence(seeds_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "no-encoder"
    folder.mkdir()
    message = failure("retrieval", "ask", "سؤال", data=seeds_data, ISNAD_ENCODER=str(folder))
    assert f"ISNAD_ENCODER={folder}" in message


def test_an_evaluation_without_a_collection_says_what_to_give(tmp_path: Path) -> None:
    assert "--questions" in failure("retrieval", "evaluate", data=tmp_path)


def test_the_console_answers_line_by_line_and_ends_well(tmp_path: Path) -> None:
    questions = (
        "من ترأس الاجتماع الوزاري للتحالف في روما؟\n"
        "كم عضوا في التحالف الدولي؟\n"
        "ما هي أفضل وصفة للكشري؟\n"
    )
    done = run("bot", data=tmp_path / "var", stdin=questions)
    assert done.returncode == 0, done.stderr.decode()
    first, second, third = done.stdout.decode().split("❓ ")[1:]
    assert "002_bf51089687a09448" in first
    assert "004_54d29c8a5962ac88" in second
    assert ARABIC.absent in third
    again = run("bot", data=tmp_path / "var", stdin="")
    assert again.returncode == 0
    assert "indexing" in done.stderr.decode()
    assert "indexing" not in again.stderr.decode()


def test_bytes_that_are_no_text_are_asked_as_far_as_they_are(seeds_data: Path) -> None:
    done = subprocess.run(
        [
            sys.executable.encode(),
            b"-m",
            b"retrieval",
            b"ask",
            b"\xff \xd8\xb1\xd9\x88\xd9\x85\xd8\xa7",
            b"--json",
        ],
        cwd=ROOT,
        env={**os.environ, "ISNAD_DATA": str(seeds_data)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["question"] == "? روما"
    told = subprocess.run(
        [sys.executable, "-m", "bot"],
        input=b"\xff\xfe\n",
        cwd=ROOT,
        env={**os.environ, "ISNAD_DATA": str(seeds_data), "ISNAD_CORPUS": str(SEEDS)},
        capture_output=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr.decode()


def test_a_misspelt_setting_is_named_at_the_start(seeds_data: Path) -> None:
    environment = {"ISNAD_CORPSE": "seeds"}
    done = run("bot", data=seeds_data, environment=environment)
    assert done.returncode == 0
    assert "ISNAD_CORPSE" in done.stderr.decode()


def test_settings_are_read_from_a_env_file_beside(tmp_path: Path, seeds_data: Path) -> None:
    (tmp_path / ".env").write_text(f"ISNAD_ENCODER={tmp_path}\n", encoding="utf-8")
    done = run("retrieval", "ask", "سؤال", data=seeds_data, cwd=tmp_path)
    assert f"ISNAD_ENCODER={tmp_path}" in done.stderr.decode()
