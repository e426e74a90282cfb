"""What was sent, as it would be in the archive -> messages. Pure, as `cards`."""

from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from bot.composing import Message, short, within
from bot.dossier import provenance
from bot.editing_texts import EditingTexts
from bot.texts import Texts, isolated
from retrieval.additions import Preview
from retrieval.articles import Remark, Skipped
from retrieval.documents import AlsoIn, Article, Passage

SHOWN = 3
"""Articles of a package that are shown one by one."""

ADD, REPLACE, DISCARD = "add", "replace", "discard"
RELOAD = "up:reload"
"""Callback data of the button that reloads; the others are `up:WHAT:TOKEN`."""

_QUOTE = 700  # UTF-16 units of a first passage
_LINE = 100
_LINES = 3
_ALIKE = 5
_FINDINGS = 4
_NAMES = 8


@dataclass(frozen=True, slots=True)
class Looked:
    """An article as it would be, its first passage, and which of the archive say the same."""

    article: Article
    first: Passage
    alike: Sequence[AlsoIn]


def article_card(looked: Looked, texts: Texts, editing: EditingTexts) -> Message:
    """Return an article as it would be: its origin, its first passage, what was dropped."""
    article = looked.article
    composer = provenance(article, texts, editing)
    composer.add(f"\n{editing.first_passage}\n")
    start = looked.first.start + len(looked.first.text) - len(looked.first.text.lstrip())
    text = article.body[start : looked.first.end].rstrip()
    composer.add(text[: within(text, _QUOTE)], MessageEntity.EXPANDABLE_BLOCKQUOTE)
    if article.dropped:
        composer.add(f"\n{editing.dropped.format(count=len(article.dropped))}:")
        for line in article.dropped[:_LINES]:
            composer.add(f"\n– {isolated(short(line, _LINE))}")
    if looked.alike:
        composer.add(f"\n{editing.alike}")
        for also in looked.alike[:_ALIKE]:
            composer.add(f"\n– {isolated(short(also.article.title, _LINE))} ")
            composer.add(short(also.article.id, _LINE), MessageEntity.CODE)
            composer.add(f" ({texts.relations[also.relation]})")
    return composer.message()


def summary(
    name: str, found: Preview, withdrawn: Sequence[str], token: str, editing: EditingTexts
) -> Message:
    """Return what would be added, what not and why, with the buttons that decide.

    Args:
        name: What the file that was sent is called.
        found: What is in it.
        withdrawn: The ids among them that are withdrawn.
        token: What the buttons are about.
        editing: The reader's language.
    """
    count = len(found.articles)
    lines = [editing.upload.format(name=_isolated(name), count=count)]
    if count > SHOWN:
        lines.append(editing.upload_shown.format(count=SHOWN))
    lines += _findings(found.skipped, editing.upload_skipped, editing)
    lines += _findings(found.remarks, editing.upload_remark, editing)
    if found.replaced:
        lines.append(editing.upload_replaces.format(names=_names(found.replaced)))
    if found.elsewhere:
        lines.append(editing.upload_elsewhere.format(ids=_names(found.elsewhere)))
    if withdrawn:
        lines.append(editing.upload_withdrawn.format(ids=_names(withdrawn)))
    choices = [(editing.discard_button, DISCARD)]
    if not found.elsewhere:
        choices.insert(
            0,
            (editing.replace_button, REPLACE) if found.replaced else (editing.add_button, ADD),
        )
    keyboard = [
        InlineKeyboardButton(label, callback_data=f"up:{what}:{token}") for label, what in choices
    ]
    return Message("\n".join(lines), (), InlineKeyboardMarkup([keyboard]))


def added(count: int, editing: EditingTexts) -> Message:
    """Return that articles were added, with a button to reload."""
    button = InlineKeyboardButton(editing.reload_button, callback_data=RELOAD)
    return Message(editing.upload_added.format(count=count), (), InlineKeyboardMarkup([[button]]))


def _findings(findings: Sequence[Skipped | Remark], line: str, editing: EditingTexts) -> list[str]:
    lines = [
        line.format(what=_isolated(one.what), why=_isolated(one.why))
        for one in findings[:_FINDINGS]
    ]
    if len(findings) > _FINDINGS:
        lines.append(editing.upload_more.format(count=len(findings) - _FINDINGS))
    return lines


def _isolated(text: str) -> str:
    return isolated(short(text, _LINE))


def _names(names: Sequence[str]) -> str:
    told = " ".join(isolated(short(name, _LINE // 2)) for name in names[:_NAMES])
    return f"{told} …" if len(names) > _NAMES else told
