"""Opens what is published under a data folder."""

from collections.abc import Sequence
from pathlib import Path

from retrieval.articles.withdrawals import read_withdrawn
from retrieval.calibration import Calibration
from retrieval.encoder import Encoder
from retrieval.generation import Generation
from retrieval.publishing import current_folder
from retrieval.retriever import Retriever


def open_current(data: Path, encoder: Encoder) -> Generation:
    """Open the published generation under `data`.

    Raises:
        GenerationError: If there is none, or it cannot be opened.
    """
    return Generation(current_folder(data), encoder)


def open_retriever(data: Path, paths: Sequence[Path], encoder: Encoder) -> Retriever:
    """Open it to be asked, without what was withdrawn since it was built.

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
