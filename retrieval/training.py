"""Train the bundled static encoder from nothing: a bag of feature vectors, contrastively.

In-batch negatives with a softmax over scaled cosines (Henderson et al., "Efficient Natural Language
Response Suggestion for Smart Reply", 2017; sentence-transformers' MultipleNegativesRankingLoss),
with words and features dropped at random so that no single one carries a pair.
"""

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from retrieval import arabic
from retrieval.analysis import of_words
from retrieval.concepts import MARK
from retrieval.documents import Article, Basis, Precision
from retrieval.encoder import Encoder, StaticEncoder, word_features
from retrieval.errors import CorpusError
from retrieval.passages import sentences, split

Ids = npt.NDArray[np.int32]

_NEIGHBOURS = 0.5  # share of passages paired with the one before

_SAME_EVENT = 0.62  # cosine of title and lead above which a sample was nearly all the same event

HELD_OUT = 10
"""One question passage in so many is kept from training, for `calibrate` to fit on."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What training does; the defaults made the bundled encoder."""

    features: int = 96_000
    dim: int = 256
    epochs: float = 3
    batch: int = 4096
    learning_rate: float = 0.05
    scale: float = 20.0
    passage_dropout: float = 0.5
    question_dropout: float = 0.35
    feature_dropout: float = 0.1
    question_repeats: int = 3
    passages_per_article: int = 8
    words_per_passage: int = 120
    seed: int = 13


@dataclass(slots=True)
class Pairs:
    """Texts and the pairs (question-like, passage-like) of their indices that belong together."""

    texts: list[str] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)
    _index: dict[str, int] = field(default_factory=dict)

    def add(self, anchor: str, positive: str, times: int = 1) -> None:
        """Add a pair; one without words on either side teaches nothing and is passed over."""
        if anchor.strip() and positive.strip():
            self.pairs.extend([(self._number(anchor), self._number(positive))] * times)

    def _number(self, text: str) -> int:
        number = self._index.setdefault(text, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number


def read_pairs(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (question, passage) from JSON lines with those two names.

    Raises:
        CorpusError: For a line that is neither, by file and line.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                yield record["question"], record["passage"]
            except (ValueError, KeyError, TypeError) as error:
                raise CorpusError(f"{path}:{number}: needs `question` and `passage`") from error


def held_out(passage: str) -> bool:
    """Say whether the questions of this passage are kept from training."""
    return sum(passage.encode()) % HELD_OUT == 0


def article_pairs(articles: Iterable[Article], pairs: Pairs, recipe: Recipe) -> None:
    """Pair what tells of the same thing within an article.

    Title and passage, abstract and later passage, title and abstract, a sentence and the rest of
    its passage, a passage and the next.
    """
    chance = random.Random(recipe.seed)  # noqa: S311 - variety, not secrecy
    for article in articles:
        texts = [p.text.strip() for p in split(article)][: recipe.passages_per_article]
        abstract = article.abstract or ""
        # A title that is the first sentence is a pair with itself.
        title = "" if article.title_basis is Basis.ESTIMATED else article.title
        pairs.add(title, abstract)
        for position, text in enumerate(texts):
            pairs.add(title, text)
            if position and abstract:
                pairs.add(abstract, f"{title}\n{text}")
            if position and chance.random() < _NEIGHBOURS:
                pairs.add(texts[position - 1], text)
            spans = sentences(text)
            if len(spans) > 1:
                start, end = chance.choice(spans)
                rest = text[:start] + text[end:]
                pairs.add(text[start:end], f"{title}\n{rest}")


def event_pairs(articles: Sequence[Article], teacher: Encoder, pairs: Pairs) -> int:
    """Pair articles of different publishers that tell of the same event: real paraphrases.

    Two articles do when they are dated within a day of each other and `teacher`, an encoder
    trained without these pairs, finds their titles and leads alike.

    Returns:
        How many pairs of articles there are.
    """
    dated = [a for a in articles if a.source.name and a.published.precision is Precision.DAY]
    dated.sort(key=lambda article: article.published.value or "")
    days = np.array([date.fromisoformat(a.published.value or "").toordinal() for a in dated])
    leads = [split(article)[0].text.strip() for article in dated]
    vectors = teacher.encode_passages(
        [f"{article.title}\n{lead}" for article, lead in zip(dated, leads, strict=True)]
    )
    found = 0
    for index, article in enumerate(dated):
        # Only later ones: each pair is met once.
        end = int(np.searchsorted(days, days[index] + 1, side="right"))
        cosines = vectors[index + 1 : end] @ vectors[index]
        for offset in np.flatnonzero(cosines >= _SAME_EVENT):
            other = index + 1 + int(offset)
            if dated[other].source != article.source:
                pairs.add(article.title, f"{dated[other].title}\n{leads[other]}")
                pairs.add(dated[other].title, leads[index])
                pairs.add(leads[index], leads[other])
                found += 1
    return found


def question_pairs(questions: Iterable[tuple[str, str]], pairs: Pairs, recipe: Recipe) -> None:
    """Pair each question with its passage, several times, unless the passage is held out."""
    for question, passage in questions:
        if not held_out(passage):
            pairs.add(question, passage, recipe.question_repeats)


def train(
    pairs: Pairs, output: Path, recipe: Recipe, work: Path, *, resume: bool
) -> dict[str, Any]:
    """Train on `pairs` and write the encoder to `output`.

    Args:
        pairs: What to learn from.
        output: Folder for the compact encoder that `StaticEncoder.load` reads.
        recipe: What to do.
        work: Folder for checkpoints and the sentence-transformers model.
        resume: Go on from the last checkpoint in `work`, if there is one.

    Returns:
        Counts for the model card: features, texts, pairs, steps, final loss.
    """
    # Seconds to import, and nothing but training needs them.
    from datasets import Dataset
    from sentence_transformers import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )
    from sentence_transformers.sentence_transformer.losses import (
        MultipleNegativesRankingLoss,
    )
    from sentence_transformers.sentence_transformer.modules import (
        StaticEmbedding,
    )

    vocabulary, bags = _feature_bags(pairs.texts, recipe)
    usable = [(a, p) for a, p in pairs.pairs if len(bags[a]) and len(bags[p])]
    initial = np.random.default_rng(recipe.seed).normal(0, 0.1, (len(vocabulary), recipe.dim))
    module = StaticEmbedding(_tokenizer(vocabulary), embedding_weights=initial.astype(np.float32))
    model = SentenceTransformer(modules=[module], device="cpu")
    trainer = SentenceTransformerTrainer(
        model=model,
        args=SentenceTransformerTrainingArguments(
            output_dir=str(work / "checkpoints"),
            num_train_epochs=recipe.epochs,
            per_device_train_batch_size=recipe.batch,
            learning_rate=recipe.learning_rate,
            lr_scheduler_type="linear",
            warmup_steps=0.05,
            weight_decay=0.0,
            max_grad_norm=0.0,
            seed=recipe.seed,
            data_seed=recipe.seed,
            save_strategy="steps",
            save_steps=500,
            save_total_limit=1,
            logging_steps=50,
            report_to=[],
            dataloader_drop_last=True,
            dataloader_pin_memory=False,
            remove_unused_columns=False,
            use_cpu=True,
        ),
        train_dataset=Dataset.from_dict(
            {"anchor": [a for a, _ in usable], "positive": [p for _, p in usable]}
        ),
        loss=MultipleNegativesRankingLoss(model, scale=recipe.scale),
        data_collator=_Collator(bags, recipe),  # type: ignore[arg-type] # duck-typed
    )
    interrupted = resume and any((work / "checkpoints").glob("checkpoint-*"))
    result = trainer.train(resume_from_checkpoint=interrupted)
    model.save_pretrained(str(work / "model"), create_model_card=False)
    StaticEncoder.save(output, vocabulary, module.embedding.weight.detach().numpy())
    return {
        "features": len(vocabulary),
        "texts": len(pairs.texts),
        "pairs": len(usable),
        "steps": result.global_step,
        "loss": round(result.training_loss, 3),
    }


@dataclass(frozen=True, slots=True)
class _Bag:
    """The rows of a text's features, and which of its words each came from."""

    rows: Ids
    words: Ids

    @classmethod
    def of(cls, word_rows: Sequence[Ids]) -> Self:
        sizes = [len(rows) for rows in word_rows]
        return cls(
            np.concatenate([np.zeros(0, dtype=np.int32), *word_rows]),
            np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
        )

    def __len__(self) -> int:
        return len(self.rows)


def _feature_bags(texts: Sequence[str], recipe: Recipe) -> tuple[list[str], list[_Bag]]:
    """Return all concepts and the most frequent other features, and the rows of each text's.

    Works word by word, since a word's features are always the same: a corpus has a thousand times
    more features than words.
    """
    numbers: dict[str, int] = {}
    texts_words = [
        [
            numbers.setdefault(unit, len(numbers))
            for unit in of_words(arabic.words(text)[: recipe.words_per_passage]).units
        ]
        for text in texts
    ]
    word_counts = Counter(number for numbered in texts_words for number in set(numbered))
    counts: Counter[str] = Counter()
    for word, number in numbers.items():
        for feature in set(word_features(word)):
            counts[feature] += word_counts[number]
    concepts = [f for f, count in counts.items() if f.startswith(MARK) and count > 1]
    others = (f for f, count in counts.most_common() if count > 1 and not f.startswith(MARK))
    vocabulary = [*concepts, *islice(others, max(0, recipe.features - len(concepts)))]
    rows = {feature: row for row, feature in enumerate(vocabulary)}
    word_rows = [
        np.array([rows[f] for f in word_features(word) if f in rows], dtype=np.int32)
        for word in numbers
    ]
    return vocabulary, [_Bag.of([word_rows[number] for number in ns]) for ns in texts_words]


def _tokenizer(vocabulary: Sequence[str]) -> Any:
    """Make the tokenizer that lets sentence-transformers run the model on joined features."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    ids = {feature: row for row, feature in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token=vocabulary[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


class _Collator:
    """Makes batches from the bags of a pair's texts, dropping words and features at random."""

    valid_label_columns: tuple[str, ...] = ()

    def __init__(self, bags: Sequence[_Bag], recipe: Recipe) -> None:
        self._bags = bags
        self._random = np.random.default_rng(recipe.seed)
        self._feature_dropout = recipe.feature_dropout
        self._dropout = {"anchor": recipe.question_dropout, "positive": recipe.passage_dropout}

    def __call__(self, rows: Sequence[dict[str, int]]) -> dict[str, Any]:
        import torch

        batch: dict[str, Any] = {}
        for column, dropout in self._dropout.items():
            bags = [self._thinned(self._bags[row[column]], dropout) for row in rows]
            offsets = np.cumsum([0, *(len(bag) for bag in bags[:-1])])
            batch[f"{column}_input_ids"] = torch.from_numpy(np.concatenate(bags).astype(np.int64))
            batch[f"{column}_offsets"] = torch.from_numpy(offsets)
        return batch

    def _thinned(self, bag: _Bag, dropout: float) -> Ids:
        """Drop whole words, whose features tell the same, and single features of the others."""
        words = self._random.random(int(bag.words[-1]) + 1) >= dropout
        features = self._random.random(len(bag)) >= self._feature_dropout
        kept = bag.rows[words[bag.words] & features]
        return kept if len(kept) else bag.rows


def write_card(
    folder: Path, sources: Sequence[Path], recipe: Mapping[str, Any], counts: Mapping[str, Any]
) -> None:
    """Write the model card: what the encoder was trained on, and how."""
    lines = [
        "# A static Arabic news encoder",
        "",
        "A bag of vectors for words, light stems and character 4-grams, trained from nothing with",
        "`python -m retrieval train` and run with numpy alone.",
        "",
        "## Data",
        "",
        *(f"- `{path.name}`" for path in sources),
        "",
        "## Recipe",
        "",
        *(f"- {name}: {value}" for name, value in recipe.items()),
        "",
        "## Training",
        "",
        *(f"- {name}: {value}" for name, value in counts.items()),
    ]
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
