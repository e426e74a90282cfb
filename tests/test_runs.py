from pathlib import Path
from typing import Any

import pytest
from test_evaluation import QUESTIONS, beir_folder, evaluate, write_lines

from retrieval.errors import CorpusError
from retrieval.evaluation import (
    Gold,
    Result,
    Run,
    TestQuestion,
    ask,
    compare,
    measured,
    read_beir,
    read_run,
    write_run,
)
from retrieval.evaluation.judging import Place, Relevance
from retrieval.retriever import Ranker, Retriever

CORPUS = ("--corpus", "seeds")


def question(name: str = "q", **fields: Any) -> TestQuestion:
    given: dict[str, Any] = {"type": "x", "lang": "ar", "answerable": True, "gold": (), **fields}
    return TestQuestion(id=name, text="؟", **given)


def result(asked: TestQuestion, found: list[str], *known: str) -> Result:
    """A result by hand: a gold quotation is characters 0 to 100 of article `a`."""
    relevance = Relevance(frozenset(), (Place("a", 0, 100),), frozenset(known))
    return Result(asked, found, relevance, None, None)


def test_a_run_is_written_in_the_form_of_trec_by_rank_with_scores_that_count_down(
    tmp_path: Path,
) -> None:
    write_run(tmp_path / "run", Run("dense", {"q1": ["b:0-9", "a:5-70"], "q2": [], "q3": ["c"]}))
    assert (tmp_path / "run").read_text(encoding="utf-8") == (
        "q1 Q0 b:0-9 1 2 dense\nq1 Q0 a:5-70 2 1 dense\nq3 Q0 c 1 1 dense\n"
    )


def test_names_that_would_break_a_line_are_quoted_and_come_back_as_they_were(
    tmp_path: Path,
) -> None:
    names = ["خبر 1:2-3", "a\u00a0b\n:0-1", "50%25:0-1", "100%:0-1", "مقال:1-2:3-4"]
    write_run(tmp_path / "run", Run("hybrid", {"my question": names}))
    lines = (tmp_path / "run").read_text(encoding="utf-8").splitlines()
    assert [len(line.split()) for line in lines] == [6] * 5
    assert lines[4] == "my%20question Q0 مقال:1-2:3-4 5 1 hybrid"
    read = read_run(tmp_path / "run", [question("my question")])
    assert read == Run("hybrid", {"my question": names})


def test_scores_order_a_run_and_ranks_what_ties(tmp_path: Path) -> None:
    lines = ["q Q0 a:0-1 1 0.5 t", "q Q0 b:0-1 3 0.9 t", "q Q0 c:0-1 2 0.9 t"]
    (tmp_path / "run").write_text("\n".join(lines), encoding="utf-8")
    assert read_run(tmp_path / "run", [question()]).rankings == {"q": ["c:0-1", "b:0-1", "a:0-1"]}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("q Q0 a:0-1 1 0.5", "not `question Q0 document rank score tag`"),
        ("q Q0 a:0-1 first 0.5 t", "not `question Q0 document rank score tag`"),
        ("q Q0 a:0-1 1 nan t", "the score is not a number"),
        ("q Q0 article 1 0.5 t", "article is not a passage `article_id:start-end`"),
        ("q Q0 z:0-1 1 0.5 t", "z:0-1 is found twice"),
    ],
)
def test_a_wrong_line_of_a_run_is_an_error_by_file_and_line(
    tmp_path: Path, line: str, said: str
) -> None:
    (tmp_path / "run").write_text(f"q Q0 z:0-1 1 2 t\n{line}\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="run:2: ") as caught:
        read_run(tmp_path / "run", [question()])
    assert said in str(caught.value)


@pytest.mark.parametrize("lines", ["", "other Q0 a:0-1 1 1 t\n", "absent Q0 a:0-1 1 1 t\n"])
def test_a_run_of_other_questions_is_an_error_by_file(tmp_path: Path, lines: str) -> None:
    (tmp_path / "run").write_text(lines, encoding="utf-8")
    with pytest.raises(CorpusError, match="run: has nothing for any answerable question"):
        read_run(tmp_path / "run", [question(), question("absent", answerable=False)])


def test_a_run_that_cannot_be_read_is_an_error_by_file(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="nowhere: cannot be read"):
        read_run(tmp_path / "nowhere", [question()])


def test_ndcg_compares_with_all_that_the_archive_has_found_or_not() -> None:
    found = result(question(), ["b:0-50", "a:50-100"], "a:0-50", "a:50-100")
    overall = measured([found])["overall"]
    assert overall["ndcg@10"] == 0.3869  # (1/log2 3) / (1 + 1/log2 3)
    assert overall["mrr@10"] == 0.5


def test_another_run_is_judged_by_where_its_passages_stand_not_by_how_ours_are_cut() -> None:
    ours = result(question(), ["b:0-50", "a:0-100"], "a:0-100")
    theirs = Run("cut", {"q": ["a:60-200", "c:0-100", "a:40-160", "a:0-100"]})
    compared = compare([ours], theirs)
    assert compared["recall@1"]["other"] == 0.0  # 40 of 100 characters
    assert compared["mrr@10"]["other"] == 0.3333  # 60 of 100
    assert compared["mrr@10"]["difference"] == 0.1667


def test_a_comparison_is_over_answerable_questions_and_what_is_missing_counts_as_0() -> None:
    ours = [result(question(f"q{n}"), ["a:0-100"], "a:0-100") for n in range(4)]
    ours.append(result(question("absent", answerable=False), ["a:0-100"]))
    compared = compare(ours, Run("half", {"q0": ["a:0-100"], "absent": ["a:0-100"]}))
    assert (compared["run"], compared["n"], compared["missing"]) == ("half", 4, 3)
    recall = compared["recall@1"]
    assert (recall["this"], recall["other"], recall["difference"]) == (1.0, 0.25, 0.75)
    assert recall["ci"][0] == 0.25
    assert recall["ci"][1] == 1.0
    assert recall["p"] == pytest.approx(0.25, abs=0.02)  # three wins, as by hand


def test_a_ranking_of_a_real_archive_names_passages_that_hold_their_gold(
    retriever: Retriever,
) -> None:
    record = QUESTIONS[0]
    gold = tuple(Gold(one["article"], one["quote"]) for one in record["gold"])
    asked = TestQuestion("q1", record["question"], "x", "ar", answerable=True, gold=gold)
    store = retriever._generation.store
    (found,) = ask(retriever, store, [asked], Ranker.HYBRID, lambda: None)
    best = Place.named(found.documents[0])
    assert best is not None
    assert str(gold[0].quote) in store.article(best.article).body[best.start : best.end]
    assert found.relevance.known == {found.documents[0]}


def test_a_run_written_and_compared_with_itself_differs_in_nothing(tmp_path: Path) -> None:
    questions = write_lines(tmp_path / "questions.jsonl", QUESTIONS)
    options = ("--questions", str(questions), *CORPUS)
    evaluate(*options, "--run", str(tmp_path / "run"), data=tmp_path)
    lines = (tmp_path / "run").read_text(encoding="utf-8").splitlines()
    assert {line.split()[0] for line in lines} == {"q1", "q2", "q3"}
    assert {line.split()[5] for line in lines} == {"hybrid"}
    measures = evaluate(*options, "--compare", str(tmp_path / "run"), data=tmp_path)
    compared = measures["compare"]
    assert (compared["run"], compared["n"], compared["missing"]) == ("hybrid", 2, 0)
    for name in ("recall@1", "recall@3", "recall@10", "mrr@10", "ndcg@10"):
        own = measures["overall"][name]
        assert compared[name] == {
            "this": own,
            "other": own,
            "difference": 0.0,
            "ci": [0.0, 0.0],
            "p": 1.0,
        }


def test_a_run_of_a_beir_folder_names_its_documents_each_once(tmp_path: Path) -> None:
    folder = beir_folder(tmp_path / "beir", second="d 2")
    path = tmp_path / "run"
    options = ("--beir", str(folder), "--ranker", "lexical", "--run", str(path))
    evaluate(*options, data=tmp_path)
    run = read_run(path, read_beir(folder)[1])
    assert run.tag == "lexical"
    assert run.rankings["a"][0] == "d1"
    assert run.rankings["b"][0] == "d 2"
    assert all(len(set(documents)) == len(documents) for documents in run.rankings.values())
    assert "b Q0 d%202 1 " in path.read_text(encoding="utf-8")
