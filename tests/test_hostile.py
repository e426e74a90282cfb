"""Three hundred hostile files never stop an index run, and never get in."""

import gzip
import io
import json
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SEEDS, silent

from retrieval.encoder import BUNDLED
from retrieval.publishing import open_store, publish_new

GOOD = "003_dbecf9ef6e395945"
SECRET = "كلمة السر التي خارج الأرشيف"
MARK = "علامة الملف العدائي"
"""Stands in every hostile file that can hold text, and in no article."""

Write = Callable[[Path, random.Random], None]


def _article(rng: random.Random) -> str:
    number = rng.randrange(10**6)
    return f"{MARK} {number}: قال الوزير في القاهرة إنه سيعود إلى المدينة غدا مع وفد كبير."


def _truncated_utf8(path: Path, rng: random.Random) -> None:
    data = (_article(rng) * rng.randrange(1, 50)).encode()
    at = max(i for i in range(len(data)) if data[i] >= 0xC0) + 1
    path.with_suffix(".txt").write_bytes(data[:at])


def _nuls(path: Path, rng: random.Random) -> None:
    text = _article(rng)
    at = rng.randrange(1, len(text))
    path.with_suffix(".txt").write_text(f"{text[:at]}\0{text[at:]}", encoding="utf-8")


def _nul_escaped(path: Path, rng: random.Random) -> None:
    record = {"_id": path.name, "title": "عنوان", "text": f"{_article(rng)}\0"}
    path.with_suffix(".jsonl").write_text(json.dumps(record), encoding="utf-8")


def _noise(path: Path, rng: random.Random) -> None:
    ending = rng.choice([".txt", ".md", ".html", ".xml", ".jsonl", ".jsonl.gz"])
    path.with_name(path.name + ending).write_bytes(rng.randbytes(rng.randrange(100, 20_000)))


def _zip(path: Path, rng: random.Random) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", rng.choice([0, 8])) as archive:
        archive.writestr("a.txt", _article(rng))
    path.with_suffix(rng.choice([".txt", ".md", ".html"])).write_bytes(content.getvalue())


def _picture(path: Path, rng: random.Random) -> None:
    heads = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"\x7fELF\x02\x01\x01", b"%PDF-1.7\n"]
    head = rng.choice(heads)
    path.with_suffix(".txt").write_bytes(head + rng.randbytes(3000))


def _deep(path: Path, rng: random.Random) -> None:
    depth = rng.randrange(20_000, 100_000)
    tag = rng.choice(["div", "b", "table", "ul"])
    closing = f"</{tag}>" * depth if rng.random() < 0.5 else ""
    path.with_suffix(".html").write_text(
        f"<html><body>{f'<{tag}>' * depth}<p>{_article(rng)}</p>{closing}", encoding="utf-8"
    )


def _deep_json(path: Path, rng: random.Random) -> None:
    path.with_suffix(".jsonl").write_text("[" * rng.randrange(10**5, 10**6), encoding="utf-8")


def _override(path: Path, rng: random.Random) -> None:
    text = f"{_article(rng)} \u202e{rng.choice(['100 مليون', 'txt.exe', MARK])}"
    path.with_suffix(".txt").write_text(text, encoding="utf-8")


def _override_in_json(path: Path, rng: random.Random) -> None:
    record = {"_id": path.name, "title": "\u202eAB 12", "text": _article(rng)}
    path.with_suffix(".jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")


def _script(path: Path, rng: random.Random) -> None:
    code = f"<script>var a = '{_article(rng)}'; while (true) alert(a)</script>"
    if rng.random() < 0.5:
        page = f"<html><head>{code}</head><body>{code}<nav>الرئيسية</nav></body></html>"
        path.with_suffix(".html").write_text(page, encoding="utf-8")
    else:
        path.with_suffix(".txt").write_text(code.replace(";", ";\n"), encoding="utf-8")


def _link_out(path: Path, rng: random.Random) -> None:
    outside = path.parent.parent / "outside"
    if rng.random() < 0.7:
        path.with_suffix(".txt").symlink_to(outside / "secret.txt")
    else:
        path.symlink_to(outside, target_is_directory=True)


def _broken_link(path: Path, rng: random.Random) -> None:
    target = path.with_suffix(".txt") if rng.random() < 0.5 else path.with_name("nowhere")
    path.with_suffix(".txt").symlink_to(target)


def _pipe(path: Path, _rng: random.Random) -> None:
    os.mkfifo(path.with_suffix(".txt"))


def _folder(path: Path, _rng: random.Random) -> None:
    path.with_suffix(".txt").mkdir()


def _blank(path: Path, rng: random.Random) -> None:
    path.with_suffix(rng.choice([".txt", ".md", ".html", ".xml"])).write_text(
        rng.choice(["", "   \n\n\t", "\ufeff", "\u200f\u200e"]), encoding="utf-8"
    )


def _cut_gzip(path: Path, rng: random.Random) -> None:
    data = gzip.compress(rng.randbytes(3000))
    path.with_name(path.name + ".jsonl.gz").write_bytes(data[: rng.randrange(1, len(data) - 8)])


def _no_json(path: Path, rng: random.Random) -> None:
    lines = ['{"_id": 7, "text": "س"}', '{"_id": "x"', "null", '{"_id": "y"}', _article(rng)]
    path.with_suffix(".jsonl").write_text("\n".join(lines), encoding="utf-8")


def _surrogate(path: Path, rng: random.Random) -> None:
    line = json.dumps({"_id": path.name, "title": "x", "text": _article(rng) + "\ud83d"})
    path.with_suffix(".jsonl").write_text(line, encoding="utf-8")


def _yaml_bomb(path: Path, _rng: random.Random) -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
    path.with_suffix(".md").write_text(f"---\nl0: &l0 [lol]\n{levels}\ntitle: *l11\n---\n")


def _entity_bomb(path: Path, rng: random.Random) -> None:
    entities = '<!ENTITY a0 "a">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
    )
    secret = path.parent.parent / "outside" / "secret.txt"
    outside = f'<!ENTITY xxe SYSTEM "{secret.as_uri()}">'
    head = f"<?xml version='1.0'?><!DOCTYPE x [{entities}{outside}]>"
    body = rng.choice(["<x>&a11;&xxe;</x>", "<x>&xxe;</x>"])
    path.with_suffix(rng.choice([".xml", ".html"])).write_text(head + body, encoding="utf-8")


def _other_encoding(path: Path, rng: random.Random) -> None:
    data = rng.choice(
        [
            "Москва столица России и большой город".encode("cp1251"),
            "中国政府今天在北京宣布新政策".encode("gb18030"),
            "日本の首相は今日東京で会見した".encode("shift_jis"),
        ]
    )
    path.with_suffix(".txt").write_bytes(data * rng.randrange(1, 30))


def _not_an_ending(path: Path, rng: random.Random) -> None:
    path.with_suffix(rng.choice([".exe", ".docx", ".txt~"])).write_text(_article(rng))


def _undecodable_name(path: Path, rng: random.Random) -> None:
    name = os.fsencode(path) + bytes([rng.randrange(0x80, 0xFF)]) + b".txt"
    with open(name, "wb") as file:  # noqa: PTH123 - pathlib takes no bytes
        file.write(_article(rng).encode())


KINDS: list[Write] = [
    *(_truncated_utf8, _nuls, _nul_escaped, _noise, _zip, _picture, _deep, _deep_json, _override),
    *(_override_in_json, _script, _link_out, _broken_link, _pipe, _folder, _blank, _cut_gzip),
    *(_no_json, _surrogate, _yaml_bomb, _entity_bomb, _other_encoding, _not_an_ending),
    _undecodable_name,
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One good article among 300 hostile files, and a secret beside the folder."""
    place = tmp_path_factory.mktemp("hostile")
    folder, outside = place / "corpus", place / "outside"
    folder.mkdir()
    outside.mkdir()
    (outside / "secret.txt").write_text(f"{SECRET}. {SECRET}.", encoding="utf-8")
    rng = random.Random(7)
    for number in range(298):
        KINDS[number % len(KINDS)](folder / f"h{number:03d}", rng)
    with (folder / "long.txt").open("wb") as file:
        for _ in range(200):
            file.write(b"a" * 1_000_000)
    with gzip.open(folder / "long.jsonl.gz", "wb", compresslevel=1) as file:
        file.write(b'{"_id": "long", "title": "x", "text": "')
        for _ in range(200):
            file.write(b"a" * 1_000_000)
        file.write(b'"}\n')
    (folder / f"{GOOD}.txt").write_bytes((SEEDS / f"{GOOD}.txt").read_bytes())
    return folder


@pytest.fixture(scope="module")
def archive(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("var")
    publish_new(data, [corpus], BUNDLED, silent)
    return data


def test_only_the_good_article_gets_in(archive: Path) -> None:
    store = open_store(archive)
    assert [article.id for article in store.articles()] == [GOOD]
    store.close()


def test_nothing_of_a_hostile_file_gets_in(archive: Path) -> None:
    generations = list((archive / "generations").iterdir())
    content = (generations[0] / "archive.sqlite").read_bytes()
    assert len(generations) == 1
    for text in (MARK, SECRET, "\u202e"):
        assert text.encode() not in content


def test_every_hostile_file_is_in_the_report(archive: Path, corpus: Path) -> None:
    generation = next((archive / "generations").iterdir())
    manifest = json.loads((generation / "manifest.json").read_text(encoding="utf-8"))
    told = "\n".join(skipped["what"] for skipped in manifest["skipped"])
    names = [os.fsencode(p.name).decode(errors="replace") for p in corpus.iterdir()]
    folders = {path.name for path in corpus.iterdir() if path.is_dir() and not path.is_symlink()}
    untold = [name for name in names if name not in told and name not in {*folders, f"{GOOD}.txt"}]
    assert untold == []
    assert len(names) == 301
