"""Opens what a corpus was published as, without what was withdrawn since."""

from collections.abc import Sequence
from pathlib import Path

from retrieval.articles.withdrawals import read_withdrawn
from retrieval.calibration import Calibration
from retrieval.encoder import Encoder
from retrieval.publishing import open_current
from retrieval.retriever import Retriever


def open_retriever(data: Path, paths: Sequence[Path], encoder: Encoder) -> Retriever:
    """Open the published generation under `data`, to be asked.

    Args:
        data: The folder of generations.
        paths: The files and folders of its articles, for what is withdrawn beside them.
        encoder: What the generation was built with.

    Raises:
        GenerationError: If there is none, or it cannot be opened.
        CorpusError: If a withdrawn.toml is wrong.
    """
    withdrawn = read_withdrawn(paths)
    generation = open_current(data, encoder)
    return Retriever(generation, Calibration.for_encoder(encoder, data), withdrawn)
