"""What others would put together: each peer indexes texts and returns a function that ranks them.

They are called as their documentation calls them, with the encoder of the project where they take
one, and asked for ten passages of each half, for ten are judged:

- bm25s with its tokenizer and defaults.
- BM25Okapi of rank-bm25 over words between white space.
- LangChain's EnsembleRetriever, half BM25Retriever and half Chroma. Each half is asked for ten
  instead of four (with 30 or 100 its MRR@10 and recall@10 fall on news-qa and ARCD), and passages
  in the same words stay two.
- LlamaIndex's QueryFusionRetriever by reciprocal ranks, of Chroma and its BM25Retriever, which gets
  the stemmer of the language, as its documentation advises. No queries are generated, so no
  language model is asked. Passages in the same words stay two.
- Haystack's pipeline of InMemoryBM25Retriever, InMemoryEmbeddingRetriever and DocumentJoiner by
  reciprocal ranks. It gets the vector of a question from the encoder, not from a component.
- txtai's hybrid index of Faiss and BM25. It asks each half for a hundred, which is no setting of
  its own; and embeds questions as it does passages, for an external encoder cannot tell which it
  gets (to the bundled one they are the same).

None asks the network for a model, a tokenizer or word lists; what they would report of their use
is switched off by `QUIET`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

from retrieval.encoder import Encoder, FloatArray, load_encoder

DEPTH = 10
"""Passages that are judged."""

QUIET = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
}
"""Environment in which no peer reports its use or asks the hub for a model."""

_BATCH = 1000  # passages embedded at a time

Rank = Callable[[str], Sequence[int]]
"""Question -> the rows of passages, best first."""


@dataclass(frozen=True, slots=True)
class Peer:
    """What is compared with: its packages, and how it indexes.

    `index` takes the texts, row 0 first, the name of the encoder, and where its files may be: a
    folder that does not exist yet.
    """

    packages: Sequence[str]
    index: Callable[[Sequence[str], str, Path], Rank]


def versions(peers: Iterable[Peer]) -> dict[str, str | None]:
    """Return the version of each package that peers need, None of one that is not installed."""
    packages = sorted({package for peer in peers for package in peer.packages})
    return {package: _version(package) for package in packages}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


class _Embeddings:
    """An encoder as LangChain calls one, which gives lists of numbers."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        """Embed passages, some at a time: the encoder needs memory for all that it is given."""
        return [
            vector
            for start in range(0, len(texts), _BATCH)
            for vector in self._encoder.encode_passages(texts[start : start + _BATCH]).tolist()
        ]

    def embed_query(self, text: str) -> list[float]:
        """Embed a question."""
        return cast("list[float]", self._encoder.encode_questions([text])[0].tolist())


def _bm25s(texts: Sequence[str], _encoder: str, _folder: Path) -> Rank:
    import bm25s

    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(texts), show_progress=False), show_progress=False)
    depth = min(DEPTH, len(texts))

    def rank(question: str) -> list[int]:
        asked = bm25s.tokenize(question, show_progress=False)
        rows, _ = index.retrieve(asked, k=depth, show_progress=False)
        return [int(row) for row in rows[0]]

    return rank


def _rank_bm25(texts: Sequence[str], _encoder: str, _folder: Path) -> Rank:
    from rank_bm25 import BM25Okapi

    index = BM25Okapi([text.split() for text in texts])
    rows = range(len(texts))
    return lambda question: index.get_top_n(question.split(), rows, n=DEPTH)


def _langchain(texts: Sequence[str], encoder: str, folder: Path) -> Rank:
    from chromadb import PersistentClient
    from langchain_chroma import Chroma
    from langchain_classic.retrievers import EnsembleRetriever
    from langchain_community.retrievers import BM25Retriever

    rows = [{"row": row} for row in range(len(texts))]
    depth = min(DEPTH, len(texts))
    client = PersistentClient(str(folder))
    embeddings = _Embeddings(load_encoder(encoder))
    vectors = Chroma.from_texts(list(texts), embeddings, rows, client=client)
    ensemble = EnsembleRetriever(
        retrievers=[
            BM25Retriever.from_texts(texts, rows, k=depth),
            vectors.as_retriever(search_kwargs={"k": depth}),
        ],
        weights=[0.5, 0.5],
        id_key="row",
    )
    return lambda question: [found.metadata["row"] for found in ensemble.invoke(question)]


def _llama_index(texts: Sequence[str], encoder: str, folder: Path) -> Rank:
    import Stemmer
    from chromadb import PersistentClient
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.schema import TextNode
    from llama_index.core.storage.docstore import SimpleDocumentStore
    from llama_index.retrievers.bm25 import BM25Retriever
    from llama_index.vector_stores.chroma import ChromaVectorStore

    # The row tells passages in the same words apart; it is not to be searched.
    nodes = [
        TextNode(text=text, metadata={"row": row}, excluded_embed_metadata_keys=["row"])
        for row, text in enumerate(texts)
    ]
    depth = min(DEPTH, len(texts))
    documents = SimpleDocumentStore()
    documents.add_documents(nodes)
    collection = PersistentClient(str(folder)).get_or_create_collection("dense_vectors")
    vectors = ChromaVectorStore(chroma_collection=collection)
    context = StorageContext.from_defaults(docstore=documents, vector_store=vectors)
    embedding = _llama_index_embedding(_Embeddings(load_encoder(encoder)))
    index = VectorStoreIndex(nodes, storage_context=context, embed_model=embedding)
    fusion = QueryFusionRetriever(
        [
            index.as_retriever(similarity_top_k=depth),
            BM25Retriever.from_defaults(
                docstore=documents, stemmer=Stemmer.Stemmer("arabic"), similarity_top_k=depth
            ),
        ],
        llm=MockLLM(),  # never asked; without one it would look for OpenAI's
        mode="reciprocal_rerank",
        similarity_top_k=depth,
        num_queries=1,
    )
    return lambda question: [found.metadata["row"] for found in fusion.retrieve(question)]


def _llama_index_embedding(embeddings: _Embeddings) -> Any:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    class Embedding(BaseEmbedding):  # type: ignore[misc]
        """An encoder as LlamaIndex calls one."""

        def _get_text_embedding(self, text: str) -> list[float]:
            return embeddings.embed_documents([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return embeddings.embed_documents(texts)

        def _get_query_embedding(self, query: str) -> list[float]:
            return embeddings.embed_query(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return embeddings.embed_query(query)

    return Embedding(model_name="isnad", embed_batch_size=_BATCH)


def _haystack(texts: Sequence[str], encoder: str, _folder: Path) -> Rank:
    from haystack import Document, Pipeline
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    embeddings = _Embeddings(load_encoder(encoder))
    store = InMemoryDocumentStore()
    vectors = embeddings.embed_documents(texts)
    store.write_documents(
        [
            Document(id=str(row), content=text, embedding=vector)
            for row, (text, vector) in enumerate(zip(texts, vectors, strict=True))
        ]
    )
    pipeline = Pipeline()
    pipeline.add_component("words", InMemoryBM25Retriever(store, top_k=DEPTH))
    pipeline.add_component("vectors", InMemoryEmbeddingRetriever(store, top_k=DEPTH))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.connect("words", "joiner")
    pipeline.connect("vectors", "joiner")

    def rank(question: str) -> list[int]:
        vector = embeddings.embed_query(question)
        asked = {"words": {"query": question}, "vectors": {"query_embedding": vector}}
        return [int(document.id) for document in pipeline.run(asked)["joiner"]["documents"]]

    return rank


def _txtai(texts: Sequence[str], encoder: str, _folder: Path) -> Rank:
    from txtai import Embeddings

    loaded = load_encoder(encoder)

    def transform(passages: Sequence[str]) -> FloatArray:
        vectors = loaded.encode_passages(passages)
        # txtai divides by the length, and Faiss takes no NaN: what has no word points somewhere.
        vectors[~vectors.any(axis=1), 0] = 1
        return vectors

    embeddings = Embeddings(method="external", transform=transform, hybrid=True)
    embeddings.index(enumerate(texts))
    return lambda question: [row for row, _ in embeddings.search(question, DEPTH)]


PEERS = {
    "bm25s": Peer(["bm25s"], _bm25s),
    "rank-bm25": Peer(["rank-bm25"], _rank_bm25),
    "langchain": Peer(
        ["langchain-chroma", "langchain-classic", "langchain-community", "rank-bm25"], _langchain
    ),
    "llama-index": Peer(
        ["llama-index-core", "llama-index-retrievers-bm25", "llama-index-vector-stores-chroma"],
        _llama_index,
    ),
    "haystack": Peer(["haystack-ai"], _haystack),
    "txtai": Peer(["txtai"], _txtai),
}
"""By the name that a table gives them."""
