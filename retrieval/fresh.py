"""What a process that builds or verifies has read from its beginning; see `processes`.

Importing this is what takes long in such a process. Nothing of it has opened a file that it writes.
"""

from contextlib import suppress

import chromadb  # noqa: F401 - as those below

import retrieval.building
import retrieval.publishing
import retrieval.verification  # noqa: F401 - imported for the processes that are forked from it
from retrieval.concepts import thesaurus
from retrieval.errors import EncoderError

with suppress(EncoderError):  # the process that needs it says what is wrong
    thesaurus()
