"""The same cards in a terminal, for trying the archive without a token."""

import io
import sys
from collections.abc import Callable, Iterable
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text
from telegram import MessageEntity

from bot.cards import answer_messages
from bot.composing import Message
from bot.texts import ARABIC, ENGLISH, Texts, has_arabic
from retrieval.errors import QuestionError
from retrieval.retriever import Retriever

_STYLES = {
    MessageEntity.BOLD: "bold",
    MessageEntity.CODE: "dim",
    MessageEntity.EXPANDABLE_BLOCKQUOTE: "cyan",
    MessageEntity.TEXT_LINK: "underline",
}


def chat(retriever: Retriever, lines: TextIO, output: Console) -> None:
    """Answer question after question until the input ends.

    In a terminal it prompts, and sets Arabic to the right; otherwise it answers line by line.
    """
    if not (lines.isatty() and output.is_terminal):
        for question in _questions(lines):
            # Straight to the file: rich would expand tabs, and a quotation stays as it is.
            output.file.write(f"❓ {question}\n{_plain(_answer(retriever, question))}")
            output.file.flush()
        return
    _show(output, [Message(ARABIC.start)])
    for question in _questions(lines, lambda: output.print(f"{ARABIC.prompt}: ", end="")):
        output.print()
        _show(output, _answer(retriever, question))
    output.print(ARABIC.goodbye)


def _questions(lines: TextIO, prompt: Callable[[], None] = lambda: None) -> Iterable[str]:
    while True:
        prompt()
        try:
            line = lines.readline()
        except KeyboardInterrupt:
            return
        if not line:
            return
        if line.strip():
            yield line.strip()


def _answer(retriever: Retriever, question: str) -> list[Message]:
    texts: Texts = ARABIC if has_arabic(question) else ENGLISH
    try:
        return answer_messages(retriever.answer(question), texts)
    except QuestionError:
        return [Message(texts.empty_question)]


def _plain(messages: Iterable[Message]) -> str:
    return "".join(f"{message.text}\n\n" for message in messages)


def _show(output: Console, messages: Iterable[Message]) -> None:
    for message in messages:
        text = _styled(message)
        text.justify = "right" if has_arabic(message.text) else "left"
        output.print(Padding(text, (0, 2)))
        output.print()


def _styled(message: Message) -> Text:
    text = Text(message.text)
    for entity in message.entities:
        units = message.text.encode("utf-16-le")
        start = len(units[: 2 * entity.offset].decode("utf-16-le"))
        end = len(units[: 2 * (entity.offset + entity.length)].decode("utf-16-le"))
        text.stylize(_STYLES.get(entity.type, ""), start, end)
    return text


def run(retriever: Retriever) -> None:
    """Chat over standard input and output."""
    for stream in (sys.stdin, sys.stdout):  # whatever the locale says, the archive is Arabic
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    chat(retriever, sys.stdin, Console(highlight=False))
