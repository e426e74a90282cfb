"""What an encoder computed is not asked of it again, and nothing wrong with the cache is fatal."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS, silent

from retrieval.building import build
from retrieval.embeddings import EmbeddingCache, delete_all_but, file_of
from retrieval.encoder import Encoder, FloatArray

TEXTS = ["اجتمع الوزراء في روما", "فاز الفريق في النهائي", "ارتفعت أسعار القمح"]
BOUND = 1 << 20


class Counting:
    """An encoder that tells what it was asked to embed."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.dim, self.folder = encoder.dim, encoder.folder
        self.asked: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        self.asked += texts
        return self._encoder.encode_passages(texts)

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        return self._encoder.encode_questions(texts)


@pytest.fixture
def counting(encoder: Encoder) -> Counting:
    return Counting(encoder)


def test_what_was_computed_is_found_by_another_process_of_the_same_encoder(
    tmp_path: Path, counting: Counting
) -> None:
    with EmbeddingCache(tmp_path, counting, BOUND) as cache:
        first = cache.encode_passages(TEXTS[:2])
    with EmbeddingCache(tmp_path, counting, BOUND) as cache:
        second = cache.encode_passages([TEXTS[2], TEXTS[1], TEXTS[0], TEXTS[1]])
        assert cache.computed == 1
    assert counting.asked == TEXTS
    assert np.array_equal(second[[2, 1]], first)
    assert np.array_equal(second, counting.encode_passages([TEXTS[i] for i in (2, 1, 0, 1)]))


def test_what_was_computed_before_a_build_was_stopped_is_kept(
    tmp_path: Path, counting: Counting
) -> None:
    stopped = EmbeddingCache(tmp_path, counting, BOUND)  # is never closed, as a killed one is not
    stopped.encode_passages(TEXTS)
    with EmbeddingCache(tmp_path, counting, BOUND) as cache:
        cache.encode_passages(TEXTS)
        assert cache.computed == 0


def test_a_second_build_computes_nothing(tmp_path: Path, counting: Counting) -> None:
    for name in ("first", "second"):
        with EmbeddingCache(tmp_path, counting, 16 * BOUND) as cache:
            build(tmp_path / name, [SEEDS], counting, silent, embed=cache.encode_passages)
    assert cache.computed == 0
    assert len(counting.asked) > 50
    first, second = ((tmp_path / name / "vectors.f32").read_bytes() for name in ("first", "second"))
    assert first == second


def test_the_least_used_goes_first(tmp_path: Path, counting: Counting) -> None:
    two = 2 * (counting.dim * 4 + 64)
    for texts in (TEXTS[:2], [TEXTS[0]], [TEXTS[2]]):
        with EmbeddingCache(tmp_path, counting, two) as cache:
            cache.encode_passages(texts)
    counting.asked.clear()
    with EmbeddingCache(tmp_path, counting, two) as cache:
        cache.encode_passages(TEXTS)
    assert counting.asked == [TEXTS[1]]


def test_a_bound_of_nothing_keeps_nothing(tmp_path: Path, counting: Counting) -> None:
    for bound in (BOUND, 0):
        with EmbeddingCache(tmp_path, counting, bound) as cache:
            cache.encode_passages(TEXTS)
    assert not file_of(tmp_path, counting.fingerprint).exists()
    assert counting.asked == TEXTS + TEXTS


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 100])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, counting: Counting, damage: bytes) -> None:
    with EmbeddingCache(tmp_path, counting, BOUND) as cache:
        cache.encode_passages(TEXTS)
    file_of(tmp_path, counting.fingerprint).write_bytes(damage)
    for computed in (3, 0):
        with EmbeddingCache(tmp_path, counting, BOUND) as cache:
            cache.encode_passages(TEXTS)
            assert cache.computed == computed


def test_a_damaged_vector_is_computed_again(tmp_path: Path, counting: Counting) -> None:
    with EmbeddingCache(tmp_path, counting, BOUND) as cache:
        right = cache.encode_passages(TEXTS)
    with closing(sqlite3.connect(file_of(tmp_path, counting.fingerprint))) as connection:
        connection.execute("UPDATE vector SET vector = zeroblob(length(vector)) WHERE rowid = 2")
        connection.commit()
    with EmbeddingCache(tmp_path, counting, BOUND) as cache:
        assert np.array_equal(cache.encode_passages(TEXTS), right)
        assert cache.computed == 1


def test_a_file_that_cannot_be_written_stops_nothing(
    tmp_path: Path, counting: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    with EmbeddingCache(tmp_path, counting, BOUND) as cache:
        with closing(sqlite3.connect(file_of(tmp_path, counting.fingerprint))) as other:
            other.execute("DROP TABLE vector")
        vectors = cache.encode_passages(TEXTS)
        assert len(cache.encode_passages(TEXTS)) == len(vectors) == len(TEXTS)
    assert "goes on without it" in caplog.text


def test_vectors_of_other_encoders_can_be_deleted(tmp_path: Path, counting: Counting) -> None:
    for fingerprint in ("st-1", "st-2"):
        counting.fingerprint = fingerprint
        with EmbeddingCache(tmp_path, counting, BOUND) as cache:
            cache.encode_passages(TEXTS)
    assert delete_all_but(tmp_path, {"st-2"}) == ["st-1.sqlite"]
    assert [file.name for file in tmp_path.iterdir()] == ["st-2.sqlite"]
