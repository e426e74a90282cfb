"""Collections of Chroma on a server: one for each generation, which gets every vector anew.

A server on one machine can copy no collection.
"""

import logging
import ssl
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlsplit

import numpy as np

from retrieval.chroma import BATCH, CONFIGURATION, Nearest, nearest
from retrieval.encoder import FloatArray
from retrieval.errors import GenerationError, IsnadError, ServerError

if TYPE_CHECKING:  # imported where it is used: it takes a second, and the bot itself does without
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection as ChromaCollection

    from config.settings import Settings

CHROMA_URL = "ISNAD_CHROMA_URL"

_PREFIX = "isnad-"
_TOLD = 200  # characters of what a server, or a proxy before it, says is wrong
_CONNECT_SECONDS = 5.0
_WRITE_SECONDS = 120.0  # that a server may take for a batch
_ASK_SECONDS = 2.0  # that it may take for a question
_REST_SECONDS = 10.0  # that one which failed is left alone

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """Where a server of Chroma is, and what it wants to be told.

    Attributes:
        url: `http://host:8000` or `https://…`.
        headers: Sent with every request: what the server, or a proxy before it, lets in by.
        tenant: Chroma's tenant.
        database: Its database.
        certificates: A file of certificates to trust instead of the usual ones.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tenant: str = "default_tenant"
    database: str = "default_database"
    certificates: Path | None = None

    @classmethod
    def of(cls, settings: "Settings") -> "ChromaServer | None":
        """Return the server that the settings name, None if there is none."""
        if settings.chroma_url is None:
            return None
        return cls(
            settings.chroma_url,
            settings.headers_for_chroma(),
            settings.chroma_tenant,
            settings.chroma_database,
            settings.chroma_certificates,
        )

    @contextmanager
    def connected(self, seconds: float) -> Iterator["Client"]:
        """Be connected; no request may take longer.

        Raises:
            ServerError: If it cannot be reached, or does not let in.
        """
        import chromadb
        import httpx
        from chromadb.config import Settings

        trusted = str(self.certificates) if self.certificates else None
        settings = Settings(anonymized_telemetry=False, chroma_server_ssl_verify=trusted)
        with self.errors_told(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of how it names certificates
            # The client would wait for ever while it is made, and says less of what is wrong.
            found = httpx.get(
                f"{self.url}/api/v2/tenants/{quote(self.tenant)}/databases/{quote(self.database)}",
                headers=dict(self.headers),
                timeout=_CONNECT_SECONDS,
                verify=ssl.create_default_context(cafile=trusted),
            )
            if found.is_error:
                raise ServerError(self._refusal(f"{found.status_code} {found.text}"))
            made = chromadb.HttpClient(
                host=self.url,
                port=urlsplit(self.url).port or 0,  # of no use beside a URL
                ssl=self.url.startswith("https:"),
                headers=dict(self.headers),
                settings=settings,
                tenant=self.tenant,
                database=self.database,
            )
        client = cast("Client", made)
        with ExitStack() as opened:
            opened.callback(client.close)
            # It has no other way to limit a request's time, and leaves its connections open.
            for server in (client._server, cast("Any", client._admin_client)._server):  # noqa: SLF001
                session = cast("Any", server)._session  # noqa: SLF001
                session.timeout = seconds
                opened.callback(session.close)
            yield client

    @contextmanager
    def errors_told(self) -> Iterator[None]:
        """Say in one sentence what the client raises, whatever it is: often a bare `Exception`.

        Raises:
            ServerError: In its place.
        """
        try:
            yield
        except IsnadError:
            raise
        except Exception as error:
            raise ServerError(self._refusal(str(error) or type(error).__name__)) from error

    def _refusal(self, why: str) -> str:
        return f"{CHROMA_URL}: {self.url} cannot be used: {' '.join(why.split())[:_TOLD]}"

    def delete(self, name: str) -> None:
        """Delete the collection of a generation, if there is one.

        Raises:
            ServerError: If that cannot be done.
        """
        from chromadb.errors import NotFoundError

        with (
            self.connected(_WRITE_SECONDS) as client,
            self.errors_told(),
            suppress(NotFoundError),
        ):
            client.delete_collection(collection_of(name))

    def check(self, name: str, count: int) -> None:
        """Look whether the collection of a generation holds so many vectors.

        Raises:
            GenerationError: If it does not, or there is none.
            ServerError: If that cannot be told.
        """
        with closing(ServerCollection(self, name)) as collection:
            if (found := collection.count()) != count:
                raise GenerationError(
                    f"{collection_of(name)} on {self.url} has {found:,} vectors, not {count:,}"
                )

    def generations(self) -> list[str]:
        """Return the names of the generations that have a collection here, whoever made them.

        Raises:
            ServerError: If it cannot be asked.
        """
        names: list[str] = []
        with self.connected(_WRITE_SECONDS) as client, self.errors_told():
            while found := client.list_collections(limit=BATCH, offset=len(names)):
                names += [one.name for one in found]
        own = (name for name in names if name.startswith(_PREFIX))
        return sorted(name.removeprefix(_PREFIX) for name in own)


def collection_of(generation: str) -> str:
    """Return the name of a generation's collection on a server."""
    return f"{_PREFIX}{generation}"


class ServerWriter:
    """Writes a collection of a server."""

    is_copy = False

    def __init__(self, server: ChromaServer, generation: str) -> None:
        """Create it, empty.

        Raises:
            ServerError: If the server cannot be used.
        """
        server.delete(generation)  # of a build that was begun before
        self._server = server
        self._open = ExitStack()
        client = self._open.enter_context(server.connected(_WRITE_SECONDS))
        with server.errors_told():
            self._collection = client.create_collection(
                collection_of(generation), embedding_function=None, configuration=CONFIGURATION
            )
        self._keys: list[int] = []
        self._vectors: list[FloatArray] = []

    def upsert(self, keys: Sequence[int], vectors: FloatArray) -> None:  # noqa: D102
        self._keys += keys
        self._vectors.append(np.array(vectors))
        if len(self._keys) >= BATCH:
            self._send()

    def remove(self, keys: Sequence[int]) -> None:
        """Do nothing: it has been given no key that is gone."""

    def close(self) -> None:  # noqa: D102
        self._send()
        self._open.close()

    def _send(self) -> None:
        if not self._keys:
            return
        vectors = np.concatenate(self._vectors)
        with self._server.errors_told():
            for start in range(0, len(vectors), BATCH):
                ids = [str(key) for key in self._keys[start : start + BATCH]]
                self._collection.upsert(ids=ids, embeddings=vectors[start : start + BATCH])
        self._keys.clear()
        self._vectors.clear()


class ServerCollection:
    """A collection of a server, which may be away when it is opened, and at times."""

    def __init__(self, server: ChromaServer, generation: str) -> None:
        """Open it, if the server is there.

        Raises:
            GenerationError: If the server is there and the collection is not.
        """
        self._server = server
        self._name = collection_of(generation)
        self._open = ExitStack()
        self._found: ChromaCollection | None = None
        self._rests_until = 0.0
        try:
            self._collection()
        except ServerError as error:
            self._rest(error)

    def count(self) -> int:
        """Return how many vectors it holds.

        Raises:
            GenerationError: If the server is there and the collection is not.
            ServerError: If the server cannot be used.
        """
        with self._server.errors_told():
            return self._collection().count()

    def nearest(self, vector: FloatArray, top_k: int) -> Nearest:
        """Return what is nearest; a server that failed is not asked again for some seconds.

        Raises:
            ServerError: If it cannot be used, or lost the collection.
        """
        if time.monotonic() < self._rests_until:
            raise ServerError(f"{self._server.url} could not be used a moment ago")
        try:
            with self._server.errors_told():
                return nearest(self._collection(), vector, top_k)
        except IsnadError as error:
            self._rest(error)
            raise ServerError(str(error)) from error

    def close(self) -> None:  # noqa: D102
        self._open.close()

    def _collection(self) -> "ChromaCollection":
        from chromadb.errors import NotFoundError

        if self._found is None:
            with ExitStack() as opening:
                client = opening.enter_context(self._server.connected(_ASK_SECONDS))
                try:
                    with self._server.errors_told():
                        self._found = client.get_collection(self._name, embedding_function=None)
                except ServerError as error:
                    if isinstance(error.__cause__, NotFoundError):
                        why = f"{self._server.url} has no collection {self._name}"
                        raise GenerationError(why) from error
                    raise
                self._open = opening.pop_all()
        return self._found

    def _rest(self, error: IsnadError) -> None:
        self._rests_until = time.monotonic() + _REST_SECONDS
        logger.warning("%s; meanwhile all vectors are compared, which takes longer", error)
