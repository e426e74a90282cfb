import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.encoder import BUNDLED_FOLDER, Encoder, StaticEncoder, load_encoder
from retrieval.errors import EncoderError


def test_the_bundled_encoder_needs_neither_torch_nor_sentence_transformers() -> None:
    code = (
        "import sys; from retrieval.encoder import load_encoder; "
        "load_encoder('bundled').encode_questions(['سؤال عن الأخبار']); "
        "print([m for m in ('torch', 'sentence_transformers', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.text(max_size=80), max_size=5))
def test_vectors_are_finite_and_of_unit_length_or_zero(encoder: Encoder, texts: list[str]) -> None:
    vectors = encoder.encode_passages(texts)
    assert vectors.shape == (len(texts), encoder.dim)
    assert vectors.dtype == np.float32
    norms = np.linalg.norm(vectors, axis=1)
    assert np.all((np.abs(norms - 1) < 1e-5) | (norms == 0))


def test_no_text_gives_no_vector_and_an_empty_text_gives_zero(encoder: Encoder) -> None:
    assert encoder.encode_passages([]).shape == (0, encoder.dim)
    assert not encoder.encode_passages([""]).any()


def test_a_text_is_embedded_alike_alone_and_among_others(encoder: Encoder) -> None:
    texts = [f"خبر رقم {number} عن مؤتمر في العاصمة" for number in range(150)]
    together = encoder.encode_passages(texts)
    alone = np.vstack([encoder.encode_passages([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_spellings_of_a_word_are_one_text(encoder: Encoder) -> None:
    one, other = encoder.encode_questions(["إجتماع الوزراء في أنقرة", "اجتماع الوزراء في انقره"])
    assert float(one @ other) > 0.999


def test_paraphrases_are_nearer_than_other_news(encoder: Encoder) -> None:
    question, same, other = encoder.encode_questions(
        [
            "رئيسة وزراء بريطانيا تتهم روسيا بتسميم الجاسوس",
            "لندن: موسكو مسؤولة عن تسميم العميل السابق",
            "ارتفاع أسعار النفط بعد اجتماع أوبك",
        ]
    )
    assert float(question @ same) > float(question @ other) + 0.1


def test_what_is_saved_is_what_is_loaded_to_an_eighth_of_a_percent(tmp_path: Path) -> None:
    weights = np.random.default_rng(1).normal(size=(3, 16)).astype(np.float32)
    features = ["_خبر", "=خبر", "<خبر"]
    StaticEncoder.save(tmp_path, features, weights)
    loaded = StaticEncoder.load(tmp_path, name="x")
    vector = loaded.encode_passages(["خبر"])[0]
    exact = weights.sum(axis=0)
    assert float(vector @ exact / np.linalg.norm(exact)) > 0.999
    assert loaded.fingerprint == StaticEncoder.load(tmp_path, name="y").fingerprint


def test_other_weights_are_another_fingerprint(tmp_path: Path, encoder: Encoder) -> None:
    weights = np.ones((1, 4), dtype=np.float32)
    StaticEncoder.save(tmp_path / "a", ["=خبر"], weights)
    StaticEncoder.save(tmp_path / "b", ["=خبر"], weights * np.array([1, 1, 1, 2], np.float32))
    a, b = (StaticEncoder.load(tmp_path / name, name=name).fingerprint for name in "ab")
    assert len({a, b, encoder.fingerprint}) == 3


@pytest.mark.parametrize("damage", ["encoder.json", "vocabulary.txt", "weights.safetensors"])
def test_a_damaged_folder_is_an_error_that_names_it(tmp_path: Path, damage: str) -> None:
    StaticEncoder.save(tmp_path, ["=خبر"], np.ones((1, 4), dtype=np.float32))
    (tmp_path / damage).write_bytes(b"\x00\x01 not what it was")
    with pytest.raises(EncoderError, match=str(tmp_path)):
        StaticEncoder.load(tmp_path, name="x")


def test_the_card_of_the_bundled_encoder_names_its_data() -> None:
    card = (BUNDLED_FOLDER / "README.md").read_text(encoding="utf-8")
    for data in ("ANT", "AAQAD", "Hespress", "Al Jazeera"):
        assert data in card


def test_a_folder_without_a_model_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="no sentence-transformers model in that folder"):
        load_encoder(str(tmp_path))
