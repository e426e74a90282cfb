"""Training for real, on a few made-up articles; needs the `train` extra, as `dev` has it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from retrieval.analysis import analysed
from retrieval.articles import Corpus
from retrieval.encoder import (
    SentenceTransformerEncoder,
    StaticEncoder,
    load_encoder,
    word_features,
)
from retrieval.errors import EncoderError
from retrieval.training import Pairs, Recipe, article_pairs, held_out, question_pairs, train

SUBJECTS = (
    "الزلزال",
    "الانتخابات",
    "المعرض",
    "المباراة",
    "الميزانية",
    "الجفاف",
    "القمة",
    "الميناء",
)
RECIPE = Recipe(features=800, dim=32, epochs=20, batch=16, question_repeats=1)


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("articles") / "articles.jsonl"
    records = []
    for number, subject in enumerate(SUBJECTS * 4):
        text = (
            f"قال مسؤول إن {subject} كان حديث الناس في المدينة رقم {number}. "
            f"وأضاف أن متابعة {subject} ستستمر أياما. وأكد شهود أن {subject} غير حياتهم. "
        )
        records.append({"_id": str(number), "title": f"{subject} يشغل الناس", "text": text * 3})
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in records), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, articles: Path) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    pairs = Pairs()
    article_pairs(Corpus([articles]), pairs, RECIPE)
    train(pairs, folder / "encoder", RECIPE, folder / "work", resume=False)
    return folder


def test_training_brings_a_title_near_its_passages(trained: Path) -> None:
    encoder = StaticEncoder.load(trained / "encoder", name="trained")
    title, own, other = encoder.encode_passages(
        ["الزلزال يشغل الناس", "وأضاف أن متابعة الزلزال ستستمر أياما.", "متابعة المباراة ستستمر."]
    )
    assert float(title @ own) > float(title @ other)


def test_numpy_gives_what_sentence_transformers_gives(trained: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    texts = ["الزلزال يشغل الناس", "قال مسؤول إن المعرض كان حديث الناس", "القمة"]
    model = SentenceTransformer(str(trained / "work" / "model"), device="cpu")
    static = StaticEncoder.load(trained / "encoder", name="trained")
    (module, *_) = model.children()
    assert isinstance(module, StaticEmbedding)
    known = set(module.tokenizer.get_vocab())
    joined = [
        " ".join(f for unit in analysed(text).units for f in word_features(unit) if f in known)
        for text in texts
    ]
    expected = model.encode(joined, normalize_embeddings=True)
    cosines = (static.encode_passages(texts) * expected).sum(axis=1)
    np.testing.assert_allclose(cosines, 1.0, atol=1e-3)  # 8-bit rows


def test_any_sentence_transformers_folder_is_an_encoder(trained: Path) -> None:
    folder = str(trained / "work" / "model")
    encoder = load_encoder(folder)
    assert isinstance(encoder, SentenceTransformerEncoder)
    vectors = encoder.encode_passages(["=زلزال <زلز", "=قمه"])
    assert vectors.shape == (2, encoder.dim) == (2, 32)
    assert encoder.encode_passages([]).shape == (0, 32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert encoder.fingerprint == load_encoder(folder).fingerprint
    assert encoder.encode_questions(["=زلزال"]).dtype == np.float32


def test_the_prompts_of_a_model_are_used_and_are_part_of_its_fingerprint(
    trained: Path, tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(trained / "work" / "model"), device="cpu")
    model.prompts = {"query": "=ميناء ", "document": ""}
    model.save_pretrained(str(tmp_path / "prompted"), create_model_card=False)
    prompted = load_encoder(str(tmp_path / "prompted"))
    plain = load_encoder(str(trained / "work" / "model"))
    assert prompted.fingerprint != plain.fingerprint
    question = prompted.encode_questions(["=زلزال"])
    np.testing.assert_allclose(question, plain.encode_questions(["=ميناء =زلزال"]), atol=1e-6)
    np.testing.assert_allclose(
        prompted.encode_passages(["=زلزال"]), plain.encode_passages(["=زلزال"]), atol=1e-6
    )


@pytest.mark.parametrize(
    "network", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}]
)
def test_a_hub_name_that_is_not_cached_is_one_sentence_when_the_hub_is_out_of_reach(
    tmp_path: Path, network: dict[str, str]
) -> None:
    code = (
        "from retrieval.encoder import load_encoder\n"
        "from retrieval.errors import EncoderError\n"
        "try:\n    load_encoder('nobody/no-such-model')\n"
        "except EncoderError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        env={**os.environ, "HF_HOME": str(tmp_path), **network},
        check=True,
    )
    message = done.stdout.decode().strip()
    assert message.startswith("ISNAD_ENCODER=nobody/no-such-model: ")
    assert "bundled" in message
    assert "\n" not in message
    assert "Retrying" not in done.stderr.decode()


def test_held_out_questions_train_nothing() -> None:
    passages = [f"فقرة عن موضوع رقم {number}" for number in range(100)]
    pairs = Pairs()
    question_pairs(((f"سؤال {p}", p) for p in passages), pairs, RECIPE)
    kept = {text for text in pairs.texts if text.startswith("فقرة")}
    assert kept == {p for p in passages if not held_out(p)}
    assert 0 < len(passages) - len(kept) < 30


def test_a_damaged_encoder_is_refused(trained: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(trained / "encoder", tmp_path / "encoder")
    weights = tmp_path / "encoder" / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(bytes(content))
    with pytest.raises(EncoderError, match="not the ones it was saved with"):
        load_encoder(str(tmp_path / "encoder"))


def test_the_command_trains_and_writes_a_card(tmp_path: Path, articles: Path) -> None:
    output = tmp_path / "encoder"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "retrieval",
            "train",
            str(output),
            "--articles",
            str(articles),
            "--epochs",
            "1",
            "--features",
            "500",
            "--batch",
            "16",
        ],
        cwd=ROOT,
        capture_output=True,
        env=dict(os.environ),
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert load_encoder(str(output)).dim == 256
    assert "articles.jsonl" in (output / "README.md").read_text(encoding="utf-8")
