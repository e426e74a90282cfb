"""What a process that answers has read from its beginning; see `retrieval.processes`.

Not what builds and verifies, since the bot waits for it at its start; but the handlers, whose
functions it runs: the first question of every generation would wait for their imports.
"""

from contextlib import suppress

import chromadb  # noqa: F401 - imported for the processes that are forked from it, as what follows

import bot.application  # noqa: F401
import retrieval.opening  # noqa: F401
from retrieval.concepts import thesaurus
from retrieval.errors import EncoderError

with suppress(EncoderError):  # the process that needs it says what is wrong
    thesaurus()
