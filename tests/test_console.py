"""The archive in a terminal: every line answered, every quotation to the letter."""

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from bot.cards import answer_messages
from bot.composing import Message
from bot.console import _plain, chat
from bot.texts import ARABIC, ENGLISH, Texts
from retrieval.documents import Outcome
from retrieval.retriever import Retriever

ANSWERED = "كم عضوا في التحالف الدولي؟"
ALSO_ANSWERED = "من ترأس الاجتماع الوزاري للتحالف في روما؟"
ABSENT = "طريقة عمل البيتزا"


class Terminal(io.StringIO):
    """Text that claims to come from, or go to, a person."""

    def isatty(self) -> bool:
        return True


def told(retriever: Retriever, *questions: str, width: int = 80) -> str:
    output = io.StringIO()
    console = Console(file=output, width=width)
    chat(retriever, io.StringIO("".join(f"{question}\n" for question in questions)), console)
    return output.getvalue()


@pytest.mark.parametrize("width", [20, 80, 500])
@pytest.mark.parametrize("question", [ANSWERED, ALSO_ANSWERED])
def test_every_quotation_is_printed_to_the_letter(
    retriever: Retriever, question: str, width: int
) -> None:
    answer = retriever.answer(question)
    assert answer.outcome is Outcome.ANSWERED
    output = told(retriever, question, width=width)
    for hit in answer.hits:
        assert f"\n{hit.text}\n" in output
        assert hit.article.body[hit.start : hit.end] == hit.text


@pytest.mark.parametrize("white_space", ["\t", "\u00a0 \u2003", "  \n\n  "])
def test_white_space_within_a_quotation_is_printed_to_the_letter(white_space: str) -> None:
    message = Message(f"انتهى{white_space}الاجتماع")
    assert _plain([message]) == f"{message.text}\n\n"


def test_a_card_is_printed_as_telegram_would_show_it(retriever: Retriever) -> None:
    for question in (ANSWERED, ABSENT):
        output = told(retriever, question)
        for message in answer_messages(retriever.answer(question), ARABIC):
            assert f"\n{message.text}\n" in output


def test_questions_are_answered_line_by_line_in_their_order(retriever: Retriever) -> None:
    questions = [ANSWERED, ABSENT, ALSO_ANSWERED]
    output = told(retriever, *questions)
    assert output == "".join(told(retriever, question) for question in questions)
    assert re.findall("^❓ (.*)$", output, re.MULTILINE) == questions


def test_an_absent_answer_is_said_and_nothing_is_quoted(retriever: Retriever) -> None:
    coverage = ARABIC.coverage(retriever.coverage)
    assert told(retriever, ABSENT) == f"❓ {ABSENT}\n{ARABIC.absent}\n{coverage}\n\n"


def test_a_question_without_arabic_is_answered_in_english(retriever: Retriever) -> None:
    assert ENGLISH.absent in told(retriever, "How do I make pizza?")


@pytest.mark.parametrize(("line", "texts"), [("؟؟؟", ARABIC), ("...", ENGLISH)])
def test_a_line_without_a_word_is_asked_again(
    retriever: Retriever, line: str, texts: Texts
) -> None:
    assert told(retriever, line) == f"❓ {line}\n{texts.empty_question}\n\n"


def test_blank_lines_are_passed_over(retriever: Retriever) -> None:
    assert told(retriever, "", "  ", ABSENT, "\t") == told(retriever, ABSENT)


def test_the_last_line_needs_no_ending(retriever: Retriever) -> None:
    output = io.StringIO()
    chat(retriever, io.StringIO(ABSENT), Console(file=output))
    assert output.getvalue() == told(retriever, ABSENT)


def test_no_line_is_no_output(retriever: Retriever) -> None:
    assert told(retriever) == ""


@pytest.mark.parametrize("question", ["[bold]داعش[/bold]", "[/]", "داعش :smile:", r"\[x] داعش"])
def test_a_question_is_plainn_as_it_was_typed(retriever: Retriever, question: str) -> None:
    assert told(retriever, question).startswith(f"❓ {question}\n")


def test_a_file_gets_no_colours_prompt_or_greeting(retriever: Retriever) -> None:
    output = told(retriever, ANSWERED)
    assert "\x1b" not in output
    for text in (ARABIC.start, ARABIC.prompt, ARABIC.goodbye):
        assert text not in output


def test_a_person_is_greeted_prompted_and_seen_off(retriever: Retriever) -> None:
    output = Terminal()
    console = Console(file=output, width=100, force_terminal=True, color_system=None)
    chat(retriever, Terminal(f"{ABSENT}\n"), console)
    shown = output.getvalue()
    assert ARABIC.start.split("\n", maxsplit=1)[0][:40] in shown
    assert shown.count(f"{ARABIC.prompt}: ") == 2
    assert ARABIC.absent in shown
    assert shown.rstrip().endswith(ARABIC.goodbye)


def test_a_person_sees_every_word_of_a_quotation_in_its_order(retriever: Retriever) -> None:
    output = Terminal()
    console = Console(file=output, width=60, force_terminal=True, color_system=None)
    chat(retriever, Terminal(f"{ANSWERED}\n"), console)
    seen = " ".join(output.getvalue().split())
    for hit in retriever.answer(ANSWERED).hits:
        assert " ".join(hit.text.split()) in seen
    assert all(cell_len(line) <= 60 for line in output.getvalue().splitlines())


def test_the_answering_sentence_is_bold_for_a_person(retriever: Retriever) -> None:
    output = Terminal()
    console = Console(file=output, width=2000, force_terminal=True, color_system="standard")
    chat(retriever, Terminal(f"{ANSWERED}\n"), console)
    answer = retriever.answer(ANSWERED).hits[0].answer
    assert answer is not None
    bold = "".join(re.findall(r"\x1b\[1;36m(.*?)\x1b\[0m", output.getvalue()))
    assert answer.text in bold
