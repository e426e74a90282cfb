import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SEEDS

from retrieval.errors import CorpusError
from retrieval.evaluation import read_beir, read_questions

QUESTIONS: list[dict[str, Any]] = [
    {
        "_id": "q1",
        "question": "من أين تغيب بلينكن وما سبب إصابته؟",
        "type": "why-how",
        "lang": "ar",
        "answerable": True,
        "gold": [
            {
                "article": "004_54d29c8a5962ac88",
                "quote": "أنتوني بلينكن (الذي تغيب عن المؤتمر بعد إصابته بكورونا الأسبوع الماضي)",
            }
        ],
    },
    {
        "_id": "q2",
        "question": "كم عدد مقاتلي تنظيم الدولة المحتجزين في معسكرات قوات سوريا الديمقراطية؟",
        "type": "number-date",
        "lang": "ar",
        "answerable": True,
        "gold": [
            {
                "article": "002_bf51089687a09448",
                "quote": "إن عشرة آلاف من مقاتلي تنظيم الدولة الإسلامية ما زالوا محتجزين",
            }
        ],
    },
    {
        "_id": "q3",
        "question": "كيف أطبخ الكسكس بالخضار؟",
        "type": "far",
        "lang": "ar",
        "answerable": False,
        "gold": [],
    },
]


def write_lines(path: Path, records: list[dict[str, Any]]) -> Path:
    lines = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    path.write_text(lines + "\n", encoding="utf-8")
    return path


def run(*options: str, data: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "retrieval", "evaluate", *options],
        cwd=ROOT,
        env={**os.environ, "ISNAD_DATA": str(data)},
        capture_output=True,
        check=False,
    )


def evaluate(*options: str, data: Path) -> dict[str, Any]:
    done = run(*options, "--json", data=data)
    assert done.returncode == 0, done.stderr.decode()
    measures: dict[str, Any] = json.loads(done.stdout)
    return measures


def beir_folder(folder: Path, second: str = "d2") -> Path:
    (folder / "qrels").mkdir(parents=True)
    documents = [
        {"_id": "d1", "title": "", "text": "تقع مدينة القاهرة على ضفاف نهر النيل في مصر."},
        {"_id": second, "title": "", "text": "افتتح متحف اللوفر في باريس سنة 1793 للجمهور."},
    ]
    with gzip.open(folder / "corpus.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(document) + "\n" for document in documents)
    write_lines(
        folder / "queries.jsonl",
        [{"_id": "a", "text": "أين تقع القاهرة؟"}, {"_id": "b", "text": "متى افتتح متحف اللوفر؟"}],
    )
    qrels = f"query-id\tcorpus-id\tscore\na\td1\t1\nb\t{second}\t1\n"
    (folder / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_questions_with_gold_quotations_are_measured_overall_by_type_and_language(
    tmp_path: Path,
) -> None:
    questions = write_lines(tmp_path / "questions.jsonl", QUESTIONS)
    measures = evaluate("--questions", str(questions), "--corpus", str(SEEDS), data=tmp_path)
    overall = measures["overall"]
    assert overall["n"] == 3
    assert overall["recall@1"] == overall["recall@3"] == overall["mrr@10"] == 1.0
    assert overall["auroc"] == 1.0
    assert overall["answered_when_absent"] == 0.0
    assert overall["absent_when_answerable"] == 0.0
    assert overall["answer_sentence@1"] == 1.0
    assert overall["ndcg@10"] == 1.0
    assert overall["answered_at_90"] == 0.0
    assert overall["ci"]["recall@1"] == overall["ci"]["auroc"] == [1.0, 1.0]
    assert set(overall["ci"]) == set(overall) - {"n", "ci"}
    assert measures["type"]["far"] == {
        "n": 1,
        "answered_when_absent": 0.0,
        "ci": {"answered_when_absent": [0.0, 0.0]},
    }
    assert measures["lang"]["ar"]["n"] == 3


@pytest.mark.parametrize("ranker", ["lexical", "dense", "hybrid"])
def test_a_beir_folder_is_measured_by_each_ranker_with_distractors(
    tmp_path: Path, ranker: str
) -> None:
    folder = beir_folder(tmp_path / "beir")
    distractors = write_lines(
        tmp_path / "distractors.jsonl", [{"_id": "x", "title": "", "text": "فاز الفريق بالمباراة."}]
    )
    options = ("--beir", str(folder), "--distractors", str(distractors), "--ranker", ranker)
    measures = evaluate(*options, data=tmp_path)
    assert measures["ranker"] == ranker
    assert measures["archive"]["passages"] == 3
    assert measures["overall"]["n"] == 2
    assert measures["overall"]["mrr@10"] == 1.0


def test_a_wrong_line_is_an_error_by_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"_id": "q1", "question": "؟"}\nnot json\n', encoding="utf-8")
    with pytest.raises(CorpusError, match=r"questions\.jsonl:2: not JSON"):
        read_questions(path)
    path.write_text('{"question": "؟"}\n', encoding="utf-8")
    with pytest.raises(CorpusError, match=r"questions\.jsonl:1"):
        read_questions(path)


def test_a_folder_that_is_no_beir_folder_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no corpus\.jsonl"):
        read_beir(tmp_path)
    write_lines(tmp_path / "corpus.jsonl", [{"_id": "d", "text": "نص"}])
    with pytest.raises(CorpusError, match=r"test\.tsv"):
        read_beir(tmp_path)


def test_a_gold_quotation_that_is_in_no_article_is_an_error_by_question(tmp_path: Path) -> None:
    wrong = [{**QUESTIONS[1], "gold": [{"article": "002_bf51089687a09448", "quote": "لا وجود له"}]}]
    questions = write_lines(tmp_path / "questions.jsonl", wrong)
    done = run("--questions", str(questions), "--corpus", str(SEEDS), data=tmp_path)
    assert done.returncode == 1
    assert "q2" in done.stderr.decode()


def test_tables_show_each_figure_with_its_interval_and_the_comparison(tmp_path: Path) -> None:
    questions = write_lines(tmp_path / "questions.jsonl", QUESTIONS)
    other = tmp_path / "other"
    other.write_text("q1 Q0 elsewhere:0-100 1 1 [mine]\n", encoding="utf-8")
    options = ("--questions", str(questions), "--corpus", str(SEEDS), "--compare", str(other))
    done = run(*options, data=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    shown = done.stdout.decode()
    assert "1.00–1.00" in shown
    assert "answered" in shown
    assert "against [mine], 2 questions (1 not in it)" in shown
    assert "+1.00 to +1.00" in shown


def test_a_run_that_could_not_be_written_or_compared_is_refused_before_anything_is_asked(
    tmp_path: Path,
) -> None:
    questions = write_lines(tmp_path / "questions.jsonl", QUESTIONS)
    options = ("--questions", str(questions), "--corpus", str(SEEDS))
    done = run(*options, "--run", str(tmp_path / "nowhere" / "run"), data=tmp_path)
    assert done.returncode == 2
    assert "--run" in done.stderr.decode()
    (tmp_path / "run").write_text("no run\n", encoding="utf-8")
    done = run(*options, "--compare", str(tmp_path / "run"), data=tmp_path)
    assert done.returncode == 1
    assert "run:1: not `question Q0 document rank score tag`" in done.stderr.decode()
