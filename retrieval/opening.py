"""Opens what is published under a data folder."""

import gc
from collections.abc import Sequence
from pathlib import Path

from retrieval.articles.withdrawals import read_withdrawn
from retrieval.calibration import Calibration
from retrieval.chroma_server import ChromaServer
from retrieval.encoder import Encoder, load_encoder
from retrieval.generation import Generation
from retrieval.publishing import folder_of
from retrieval.retriever import Retriever


def open_current(
    data: Path, encoder: Encoder, name: str | None = None, server: ChromaServer | None = None
) -> Generation:
    """Open the published generation under `data`, or the one that is named.

    Raises:
        GenerationError: If there is none, or it cannot be opened.
    """
    return Generation(folder_of(data, name), encoder, server)


def open_retriever(
    data: Path,
    paths: Sequence[Path],
    encoder: Encoder,
    name: str | None = None,
    server: ChromaServer | None = None,
) -> Retriever:
    """Open it to be asked, without what was withdrawn since it was built.

    Args:
        data: The folder of generations.
        paths: The files and folders of its articles, for what is withdrawn beside them.
        encoder: What the generation was built with.
        name: Which generation; the published one if None.
        server: Where vectors are searched, if they are on a server.

    Raises:
        GenerationError: If there is none, or it cannot be opened.
        CorpusError: If a withdrawn.toml is wrong.
    """
    withdrawn = read_withdrawn(paths)
    generation = open_current(data, encoder, name, server)
    return Retriever(generation, Calibration.for_encoder(encoder, data), withdrawn)


def open_afresh(
    data: Path,
    paths: Sequence[Path],
    encoder: str,
    name: str | None = None,
    server: ChromaServer | None = None,
) -> Retriever:
    """Open it with the encoder that a setting names: in a process that has nothing yet.

    Raises:
        EncoderError: If the encoder cannot be loaded.
        IsnadError: What `open_retriever` raises.
    """
    retriever = open_retriever(data, paths, load_encoder(encoder), name, server)
    gc.freeze()  # what is open by now stays: not to be looked through for garbage at questions
    return retriever
