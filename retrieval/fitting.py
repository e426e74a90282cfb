"""Fit a calibration for an encoder on questions that trained nothing else.

Every question is asked of four archives: a handful of articles, the articles that questions are
about, those and every tenth other, and all that are given, so that what is fitted holds for small
archives and large ones. What decides between answered and absent is fitted on rankings by weights
that have not seen the question (five folds by article).

What counts as answered differs between them. In the two smallest it is that something answers:
nearly always that is shown, and near misses are told by what they lack. In the others, and for
questions in another language, one of the hits must answer itself: every second time others are
shown instead, and those would be taught as answers.
"""

import json
import random
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression

from retrieval.articles import Corpus
from retrieval.building import build
from retrieval.calibration import OUTCOME_SIGNALS, SCALED, Calibration, outcome_signals, overall
from retrieval.documents import Article, Passage
from retrieval.encoder import Encoder, FloatArray
from retrieval.errors import CorpusError
from retrieval.evaluation.judging import Place, Relevance, names_of
from retrieval.evaluation.questions import TestQuestion, read_questions
from retrieval.evidence import SENTENCE_SIGNALS, SIGNALS, Evidence
from retrieval.generation import Generation
from retrieval.passages import split, whole
from retrieval.retriever import Retriever
from retrieval.store import StoredPassage
from retrieval.training import held_out, read_pairs
from retrieval.trees import Trees

BoolArray = npt.NDArray[np.bool_]

ANSWERED = 0.5
"""How likely hits answer from which they are called an answer: as likely as not."""

ANSWERABLE_SHOWN = 0.95
"""The share of questions with an answer that is shown at all, at least as related."""

_FOLDS = 5
_SHOWN = 3  # hits of an answer
_TREES = 100
_LEAF = 10  # questions at least that a leaf of theirs stands for
_TRIED = 0.5  # of the signals, for each split
_RIDGE = 1e-3  # pull of standardised ranking weights towards zero, a question
_PAIR = "pair-"  # articles that are passages of question pairs
_FOREIGN = 0.5  # of a question's words: from then on it is one in another language
_HANDFUL = 6  # articles of the smallest archives
_ASTRAY = 4, 2  # questions about other articles, and of the pairs, that each of those is asked
_EVERY = 10  # articles, of which one is in the third archive
_FAR = 4  # one question of the pairs in so many is asked where nothing answers it


_BEGINNING = Calibration(
    fusion={"lexical": 6.0, "dense": 8.0},
    ranking={},
    sentence={},
    trees=Trees(roots=[0], feature=[-1], right=[0], value=[0.5]),
    answered=ANSWERED,
    related=0.0,
)
"""What chooses candidates until the fusion is fitted, and knows nothing else."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What one question met.

    `signals` (n, len(SIGNALS)) are those of its candidates, `relevant` (n,) says which answer;
    `sentences` are signals and rightness of the sentences of a passage that answers. `by_hits` says
    that it counts as answered only where one of the hits answers.
    """

    group: str
    answerable: bool
    signals: FloatArray
    relevant: BoolArray
    sentences: tuple[FloatArray, BoolArray] | None
    by_hits: bool


@dataclass(frozen=True, slots=True)
class Collection:
    """What to fit on.

    `questions` and `corpora` are a collection as `evaluate` reads it, `pairs` JSON lines of
    question and passage, of which those count that training holds out.
    """

    questions: Path
    corpora: Sequence[Path]
    pairs: Path | None = None


@dataclass(frozen=True, slots=True)
class _Archive:
    """Articles, and what they are asked; a handful of them is asked too little to fit fusion on."""

    paths: Sequence[Path]
    asked: Sequence[TestQuestion]
    by_hits: bool
    is_handful: bool = False


def fit(
    collection: Collection,
    encoder: Encoder,
    on_question: Callable[[], None],
) -> tuple[Calibration, Calibration]:
    """Fit fusion, ranking, the answering sentence and the outcome.

    Args:
        collection: What to fit on.
        encoder: The encoder to fit for.
        on_question: Told when a question is done.

    Returns:
        The calibration of this encoder, and one that leaves out what depends on an encoder's scale.

    Raises:
        CorpusError: If the collection is wrong, or too small to fit on.
    """
    questions = read_questions(collection.questions)
    if {bool(one.answerable) for one in questions} != {True, False}:
        raise CorpusError(f"{collection.questions}: needs questions with and without an answer")
    start = _BEGINNING
    observed: list[Observed] = []
    with TemporaryDirectory(prefix="isnad-") as name:
        folder = Path(name)
        pairs, extra = [], []
        if collection.pairs:
            extra = [folder / "pairs.jsonl"]
            pairs = _write_pairs(collection.pairs, extra[0])
        small, larger = folder / "small.jsonl", folder / "larger.jsonl"
        if not _write_articles(collection.corpora, {q.about for q in questions}, small, larger):
            raise CorpusError(
                f"{collection.questions}: asks about no article of "
                f"{', '.join(map(str, collection.corpora))}; give those that `near` and `gold` name"
            )
        # Nothing in the small archive answers the pairs' questions.
        far = [_unanswered(one) for one in pairs[::_FAR]]
        archives = [
            *_handfuls(small, questions, pairs),
            _Archive([small], [*questions, *far], by_hits=False),
            _Archive([larger], questions, by_hits=True),
            _Archive([*collection.corpora, *extra], [*questions, *pairs], by_hits=True),
        ]
        for number, archive in enumerate(archives):
            with closing(_open(folder / str(number), archive.paths, encoder)) as generation:
                if not archive.is_handful:
                    found = _fit_fusion(Retriever(generation, start), generation, archive.asked)
                    start = replace(start, fusion=found)
                retriever = Retriever(generation, start)
                for question in archive.asked:
                    observed.append(
                        _observe(retriever, generation, question, by_hits=archive.by_hits)
                    )
                    on_question()
    keep = np.ones(len(SIGNALS), dtype=bool)
    unscaled = np.array([name not in SCALED for name in SIGNALS])
    return _fitted(start, observed, keep), _fitted(start, observed, unscaled)


def _write_articles(
    corpora: Sequence[Path], ids: Container[str | None], small: Path, larger: Path
) -> int:
    """Write the articles of the given ids, and those with every tenth; return how many the ids are.

    What is written has the title and the text alone.
    """
    count = 0
    with small.open("w", encoding="utf-8") as few, larger.open("w", encoding="utf-8") as some:
        for number, article in enumerate(Corpus(corpora)):
            record = {"_id": article.id, "title": article.title, "text": article.body}
            line = json.dumps(record, ensure_ascii=False) + "\n"
            if article.id in ids:
                few.write(line)
                count += 1
            if article.id in ids or number % _EVERY == 0:
                some.write(line)
    return count


def _handfuls(
    articles: Path, questions: Sequence[TestQuestion], pairs: Sequence[TestQuestion]
) -> Iterator[_Archive]:
    """Yield archives of a few of the articles each: asked what is asked about those, and astray."""
    chance = random.Random(0)  # noqa: S311 - the same at each fit
    with articles.open(encoding="utf-8") as file:
        lines = list(file)
    chance.shuffle(lines)
    for first in range(0, len(lines), _HANDFUL):
        few = lines[first : first + _HANDFUL]
        path = articles.with_name(f"handful-{first}.jsonl")
        path.write_text("".join(few), encoding="utf-8")
        ids = {json.loads(line)["_id"] for line in few}
        own = [one for one in questions if one.about in ids]
        others = [one for one in questions if one.answerable and one.about not in ids]
        astray = [
            _unanswered(one)
            for some, count in zip((others, pairs), _ASTRAY, strict=True)
            for one in chance.sample(some, min(count, len(some)))
        ]
        yield _Archive([path], [*own, *astray], by_hits=False, is_handful=True)


def _unanswered(question: TestQuestion) -> TestQuestion:
    """Return a question as it is to an archive that has nothing of it."""
    return replace(question, answerable=False, gold=(), documents=frozenset())


def _write_pairs(path: Path, output: Path) -> list[TestQuestion]:
    """Write every passage as an article; return the questions of those held out."""
    ids: dict[str, str] = {}
    questions = []
    for number, (question, passage) in enumerate(read_pairs(path)):
        article_id = ids.setdefault(passage, f"{_PAIR}{len(ids)}")
        if held_out(passage):
            documents = frozenset([article_id])
            questions.append(
                TestQuestion(
                    id=f"{_PAIR}{number}",
                    text=question,
                    type="pair",
                    lang="ar",
                    answerable=True,
                    gold=(),
                    documents=documents,
                )
            )
    lines = (json.dumps({"_id": i, "text": p}, ensure_ascii=False) for p, i in ids.items())
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return questions


def _split(article: Article) -> Sequence[Passage]:
    return whole(article) if article.id.startswith(_PAIR) else split(article)


def _open(folder: Path, paths: Sequence[Path], encoder: Encoder) -> Generation:
    build(folder, paths, encoder, lambda *_: None, splitter=_split)
    return Generation(folder, encoder)


def _fit_fusion(
    retriever: Retriever,
    generation: Generation,
    questions: Sequence[TestQuestion],
) -> dict[str, float]:
    rows: list[tuple[float, float]] = []
    labels: list[bool] = []
    for question in questions:
        if question.answerable:
            lexical, dense = retriever.found(question.text)
            rows.extend((lexical[row], dense[row]) for row in dense)
            labels.extend(_relevant(retriever, generation, question, list(dense)))
    model = LogisticRegression(C=10.0, max_iter=5000).fit(np.array(rows), np.array(labels))
    return dict(zip(("lexical", "dense"), _rounded(model.coef_[0]), strict=True))


def _relevant(
    retriever: Retriever, generation: Generation, question: TestQuestion, rows: Sequence[int]
) -> list[bool]:
    relevance = Relevance.of(question, retriever, generation.store)
    stored = retriever.passages(rows)
    return [relevance.includes(names_of(question, [stored[row]])[0]) for row in rows]


def _observe(
    retriever: Retriever, generation: Generation, question: TestQuestion, *, by_hits: bool
) -> Observed:
    ranking = retriever.rank(question.text)
    head = ranking.candidates[: len(ranking.scores)]
    relevant = np.zeros(len(head), dtype=bool)
    sentences = None
    if question.answerable:
        relevant = np.array(_relevant(retriever, generation, question, [c.row for c in head]))
        if question.gold and relevant.any():
            place = int(relevant.argmax())
            (right,) = retriever.passages([head[place].row]).values()
            gold = Relevance.of(question, retriever, generation.store).gold
            sentences = _sentences(ranking.evidence, place, right, gold)
    group = question.about or question.id
    return Observed(
        group=group,
        answerable=bool(question.answerable),
        signals=ranking.evidence.signals,
        relevant=relevant,
        sentences=sentences,
        by_hits=by_hits or ranking.asked.foreign > _FOREIGN,
    )


def _sentences(
    evidence: Evidence, place: int, passage: StoredPassage, gold: Sequence[Place]
) -> tuple[FloatArray, BoolArray]:
    spans, signals = evidence.sentences_of(place)
    places = [
        Place(passage.article.id, passage.start + start, passage.start + end)
        for start, end in spans
    ]
    return signals, np.array([any(place.overlaps(one) for one in gold) for place in places])


def _fitted(start: Calibration, observed: Sequence[Observed], keep: BoolArray) -> Calibration:
    """Fit ranking, sentences and outcome with the signals that are kept."""
    ranked = [(one.signals, one.relevant) for one in observed if one.answerable]
    sentences = [one.sentences for one in observed if one.sentences is not None]
    fitted = replace(
        start,
        ranking=_named(SIGNALS, _listwise(ranked, keep)),
        sentence=_named(SENTENCE_SIGNALS, _listwise(sentences)),
    )
    # The pairs are of another kind of text: they would teach that its style has answers.
    taught = [one for one in observed if not (one.answerable and one.group.startswith(_PAIR))]
    return _with_outcome(fitted, taught, keep)


def _with_outcome(start: Calibration, observed: Sequence[Observed], keep: BoolArray) -> Calibration:
    groups = sorted({one.group for one in observed})
    fold_of = {group: number % _FOLDS for number, group in enumerate(groups)}
    folds = np.array([fold_of[one.group] for one in observed])
    shown: list[FloatArray] = []
    answered = np.zeros(len(observed), dtype=bool)
    ranking: list[npt.NDArray[np.float64]] = []
    for fold in range(_FOLDS):
        others = [
            (one.signals, one.relevant)
            for one, its in zip(observed, folds, strict=True)
            if its != fold and one.answerable
        ]
        ranking.append(_listwise(others, keep))
    for place, one in enumerate(observed):
        hits, best = _shown(one.signals, ranking[folds[place]])
        hits[:, : len(SIGNALS)] *= keep
        shown.append(hits)
        answered[place] = one.relevant[best].any() if one.by_hits else one.answerable
    rows = np.stack([each[0] for each in shown])
    likely = np.zeros(len(observed))
    for fold in range(_FOLDS):
        trees = _grown(rows[folds != fold], answered[folds != fold])
        for place in np.flatnonzero(folds == fold).tolist():
            likely[place] = overall(trees.probabilities(shown[place]).tolist())
    # In larger archives right hits are less likely: those must be shown, too.
    larger = answered & np.array([one.by_hits for one in observed])
    shown_from = likely[larger if larger.any() else answered]
    related = float(np.quantile(shown_from, 1 - ANSWERABLE_SHOWN))
    return replace(
        start,
        trees=_grown(rows, answered),
        answered=ANSWERED,
        related=round(min(related, ANSWERED), 4),
    )


def _shown(
    signals: FloatArray, weights: npt.NDArray[np.float64]
) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Return the outcome signals of the hits a reader is shown, best first, and their places."""
    scores = (signals @ weights).astype(np.float32)
    best = np.argsort(-scores, kind="stable")[:_SHOWN]
    if not len(best):
        return np.zeros((1, len(OUTCOME_SIGNALS)), dtype=np.float32), best
    return np.stack([outcome_signals(signals, scores, place) for place in best.tolist()]), best


def _listwise(
    lists: Sequence[tuple[FloatArray, BoolArray]], keep: BoolArray | None = None
) -> npt.NDArray[np.float64]:
    """Return the weights under which a softmax over each list puts most on its right members.

    ListNet's top-one cross-entropy (Cao et al., 2007), with standardised signals and a ridge.
    """
    useful = [(signals, right) for signals, right in lists if right.any() and not right.all()]
    if not useful:
        raise CorpusError("no question finds its answer: nothing to fit on")
    rows = np.concatenate([signals for signals, _ in useful]).astype(np.float64)
    deviations = rows.std(axis=0)
    kept = deviations > 0 if keep is None else keep & (deviations > 0)
    scaled = rows[:, kept] / deviations[kept]
    sizes = [len(right) for _, right in useful]
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    target = np.concatenate([right / right.sum() for _, right in useful])

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        scores = scaled @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, starts), sizes)
        exponents = np.exp(scores)
        totals = np.add.reduceat(exponents, starts)
        softmax = exponents / np.repeat(totals, sizes)
        entropy = np.log(totals).sum() - target @ scores
        gradient = scaled.T @ (softmax - target)
        ridge = _RIDGE * len(useful)
        return (
            float(entropy + ridge * weights @ weights),
            np.asarray(gradient + 2 * ridge * weights),
        )

    found = minimize(loss, np.zeros(int(kept.sum())), jac=True, method="L-BFGS-B")
    weights = np.zeros(rows.shape[1])
    weights[kept] = found.x / deviations[kept]
    return weights


def _grown(rows: FloatArray, labels: BoolArray) -> Trees:
    model = ExtraTreesClassifier(
        n_estimators=_TREES, min_samples_leaf=_LEAF, max_features=_TRIED, random_state=0
    )
    return Trees.of(model.fit(rows, labels))


def _named(names: Sequence[str], weights: npt.NDArray[np.float64]) -> dict[str, float]:
    pairs = zip(names, _rounded(weights), strict=True)
    return {name: weight for name, weight in pairs if weight}


def _rounded(weights: npt.NDArray[np.float64]) -> list[float]:
    return [round(float(weight), 4) for weight in weights]
