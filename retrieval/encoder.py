"""Text -> vectors. `Encoder` is the protocol; the bundled static encoder needs numpy alone.

The static encoder is a bag of vectors: a text is the sum of the vectors of its features, scaled to
unit length. Features are words, stems and character 4-grams (see `retrieval.arabic`) and concepts.
Rows are stored as 8-bit integers with one scale a row, which moves a cosine by less than 0.002.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load, save

from retrieval import arabic
from retrieval.analysis import analysed
from retrieval.concepts import MARK
from retrieval.concepts import fingerprint as thesaurus_fingerprint
from retrieval.errors import EncoderError

FloatArray = npt.NDArray[np.float32]

quiet_products = np.errstate(invalid="ignore")
"""For functions that multiply short rows: BLAS reads past those, and flags what it does not use."""

BUNDLED = "bundled"
BUNDLED_FOLDER = Path(__file__).parent / "models" / "bundled"

_CONFIG = "encoder.json"
_VOCABULARY = "vocabulary.txt"
_WEIGHTS = "weights.safetensors"
_STATIC_TYPE = "isnad-static"
_HUB_SECONDS = 10.0
_WORDS_KEPT = 1 << 16  # whose features are known, a quarter of a KB each
_WORDS = 1 << 10  # whose features' vectors are in memory at once: 8 MB


def word_features(word: str) -> tuple[str, ...]:
    """Return the features of a folded word, or of a concept term: itself."""
    return (word,) if word.startswith(MARK) else arabic.word_features(word)


class Encoder(Protocol):
    """Turns questions and passages into unit vectors whose inner product is their similarity."""

    @property
    def name(self) -> str:
        """What a person calls it: `bundled`, a folder or a hub name."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would."""
        ...

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        ...

    @property
    def folder(self) -> Path | None:
        """Where it was read from, if from a folder."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        """Embed passages: float32, shape (n, dim), rows of unit L2 norm (zero for no words)."""
        ...

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """Embed questions: float32, shape (n, dim), rows of unit L2 norm (zero for no words)."""
        ...


def load_encoder(name: str) -> Encoder:
    """Load an encoder by the value of ISNAD_ENCODER.

    Args:
        name: `bundled`, the folder of a static encoder that `train` wrote, or a
            sentence-transformers folder or hub name.

    Raises:
        EncoderError: If there is no such encoder; the message says what to do.
    """
    if name == BUNDLED:
        return StaticEncoder.load(BUNDLED_FOLDER, name=BUNDLED)
    folder = Path(name)
    if (folder / _CONFIG).is_file():
        return StaticEncoder.load(folder, name=name)
    return SentenceTransformerEncoder(name)


def word_vectors(encoder: Encoder) -> "StaticEncoder":
    """Return what gives the vectors of single words beside `encoder`: itself, if it can."""
    if isinstance(encoder, StaticEncoder):
        return encoder
    return StaticEncoder.load(BUNDLED_FOLDER, name=BUNDLED)


class StaticEncoder:
    """A bag of feature vectors, run with numpy alone."""

    def __init__(
        self,
        vocabulary: Sequence[str],
        embedding: npt.NDArray[np.int8],
        scale: FloatArray,
        *,
        name: str,
        fingerprint: str,
        folder: Path | None = None,
    ) -> None:
        """Args: n features, int8 rows (n, dim) and the factor (n,) that each row is scaled by."""
        self._ids = {feature: row for row, feature in enumerate(vocabulary)}
        self._embedding = embedding
        self._scale = scale
        self.name = name
        self.fingerprint = fingerprint
        self.folder = folder
        self.dim: int = embedding.shape[1]
        self._rows = lru_cache(_WORDS_KEPT)(self._rows_of)

    @classmethod
    def load(cls, folder: Path, *, name: str) -> Self:
        """Read what `save` wrote.

        Raises:
            EncoderError: If a file is missing, damaged or of another version.
        """
        try:
            config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
            contents = [(folder / name).read_bytes() for name in (_VOCABULARY, _WEIGHTS)]
            digest = _digest(config["analyser"], contents)
            if config["type"] != _STATIC_TYPE or config["digest"] != digest:
                raise ValueError("its files are not the ones it was saved with")  # noqa: TRY301
            vocabulary = contents[0].decode().split("\n")
            weights = load(contents[1])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EncoderError(f"{folder}: not a readable static encoder ({error})") from error
        if config["analyser"] != arabic.VERSION:
            raise EncoderError(
                f"{folder}: trained with analyser {config['analyser']}, but this is analyser "
                f"{arabic.VERSION}; train it again with: python -m retrieval train"
            )
        return cls(
            vocabulary,
            weights["embedding"],
            weights["scale"].astype(np.float32),
            name=name,
            # The thesaurus decides which concepts a text has, and so what its vector is.
            fingerprint=f"static-{digest[:16]}-{thesaurus_fingerprint()}",
            folder=folder,
        )

    @staticmethod
    def save(folder: Path, vocabulary: Sequence[str], weights: FloatArray) -> None:
        """Write float rows (n, dim), one per feature, as 8-bit integers with a scale a row."""
        scale = np.maximum(np.abs(weights).max(axis=1), np.float32(1e-8)) / 127
        embedding = np.rint(weights / scale[:, None]).astype(np.int8)
        contents = ["\n".join(vocabulary).encode(), save({"embedding": embedding, "scale": scale})]
        config: dict[str, Any] = {
            "type": _STATIC_TYPE,
            "analyser": arabic.VERSION,
            "features": len(vocabulary),
            "dim": int(weights.shape[1]),
            "digest": _digest(arabic.VERSION, contents),
        }
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in zip((_VOCABULARY, _WEIGHTS), contents, strict=True):
            (folder / name).write_bytes(content)
        (folder / _CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts; a text without a known feature is the zero vector."""
        return self.encode_units([analysed(text).units for text in texts])

    def encode_units(self, texts: Sequence[Sequence[str]]) -> FloatArray:
        """Embed texts whose folded words and concept terms are known, as `encode_passages` does."""
        distinct = {unit: place for place, unit in enumerate(dict.fromkeys(chain(*texts)))}
        of_units = self.word_vectors(list(distinct))
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, units in enumerate(texts):
            places = [distinct[unit] for unit in units]
            np.add.reduce(of_units[places], axis=0, out=vectors[row])
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, norms, out=vectors, where=norms > 0)
        return vectors

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """Embed questions, in the same way as passages."""
        return self.encode_passages(texts)

    def word_vectors(self, words: Sequence[str]) -> FloatArray:
        """Embed folded words and concept terms, each by itself: float32, shape (n, dim).

        Not of unit length: the sum over a text's words and concepts points where its vector does.
        """
        rows = list(map(self._rows, words))
        vectors = np.zeros((len(words), self.dim), dtype=np.float32)
        # Words of as many features together: that is summed in one go.
        sizes = np.array(list(map(len, rows)))
        for size in np.unique(sizes[sizes > 0]):
            places = np.flatnonzero(sizes == size)
            for start in range(0, len(places), _WORDS):
                some = places[start : start + _WORDS]
                of_some = np.array([rows[place] for place in some])
                features = self._embedding[of_some].astype(np.float32)
                vectors[some] = np.einsum("wf,wfd->wd", self._scale[of_some], features)
        return vectors

    def _rows_of(self, word: str) -> tuple[int, ...]:
        known = map(self._ids.get, word_features(word))
        return tuple(row for row in known if row is not None)


def _digest(analyser: str, contents: Iterable[bytes]) -> str:
    """Return a digest of all that decides what a static encoder's vectors are."""
    digest = hashlib.sha256(analyser.encode())
    for content in contents:
        digest.update(content)
    return digest.hexdigest()


class SentenceTransformerEncoder:
    """Any sentence-transformers model, from a folder or the hub, with its own prompts."""

    def __init__(self, name: str) -> None:
        """Load the model; the library is imported here, so that others need not wait for it.

        Raises:
            EncoderError: If it is neither a folder, nor cached, nor to be had from the hub.
        """
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise EncoderError(
                f"ISNAD_ENCODER={name} needs sentence-transformers: {error}"
            ) from error
        self._model = self._load(SentenceTransformer, name)
        dim = self._model.get_embedding_dimension()
        if dim is None:
            dim = self._model.encode(["نص"]).shape[1]
        self.name = name
        self.folder = Path(name) if Path(name).is_dir() else None
        self.dim: int = dim
        self.fingerprint = f"st-{self._digest()[:16]}"

    @staticmethod
    def _load(model_class: Any, name: str) -> Any:
        """Take the folder or the hub's cache first; ask the hub, once, only if that fails."""
        try:
            return model_class(name, local_files_only=True)
        except (OSError, ValueError) as local_error:
            if Path(name).exists() or name.startswith((".", "/", "~")):
                raise EncoderError(
                    f"ISNAD_ENCODER={name}: no sentence-transformers model in that folder"
                ) from local_error
        from huggingface_hub import HfApi

        try:
            # One short question first: loading from a hub that is out of reach tries for minutes.
            HfApi().model_info(name, timeout=_HUB_SECONDS)
            return model_class(name)
        except Exception as error:  # the hub's client raises whatever its HTTP library does
            raise EncoderError(
                f"ISNAD_ENCODER={name}: not a folder, not in the local cache, and the hub cannot "
                "be reached or has no such model; use `bundled`, or download it while online"
            ) from error

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for key, tensor in sorted(self._model.state_dict().items()):
            digest.update(key.encode())
            digest.update(tensor.float().cpu().numpy().tobytes())
        digest.update(json.dumps(self._model.prompts, sort_keys=True).encode())
        return digest.hexdigest()

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        """Embed passages with the model's document prompt."""
        return self._checked(texts, self._model.encode_document)

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """Embed questions with the model's query prompt."""
        return self._checked(texts, self._model.encode_query)

    def _checked(self, texts: Sequence[str], encode: Any) -> FloatArray:
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        vectors: FloatArray = encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        ).astype(np.float32)
        if not np.isfinite(vectors).all():
            raise EncodingError(self.name)
        return vectors


class EncodingError(EncoderError):
    """A model that yields a value that is not finite."""

    def __init__(self, name: str) -> None:
        super().__init__(f"ISNAD_ENCODER={name}: the model yields values that are not finite")
