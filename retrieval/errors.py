"""What can go wrong, in words for the person who can mend it."""


class IsnadError(Exception):
    """An error whose message says what is wrong and what to do; it never holds a secret."""


class CorpusError(IsnadError):
    """Articles that cannot be read, or an archive without any."""


class GenerationError(IsnadError):
    """No generation to open, one that is damaged, or one refused before publishing."""


class KilledError(GenerationError):
    """A process that was killed by hand or for want of memory: no fault of what it worked on."""


class RefusedError(GenerationError):
    """A generation that was built and is not as it should be; the one before goes on serving."""


class LostVectorError(GenerationError):
    """A generation whose Chroma does not find a vector that it was given."""


class ServerError(IsnadError):
    """A server of Chroma that cannot be reached, or does not do what it is asked."""


class EncoderMismatchError(GenerationError):
    """The generation was built with another encoder than the one configured."""


class EncoderError(IsnadError):
    """An encoder that cannot be loaded, or that yields what no encoder should."""


class QuestionError(IsnadError):
    """A question that cannot be asked: empty, or without a single word."""


class ArticleNotFoundError(IsnadError):
    """No article of that id in the generation that is being served."""


class QuotationError(IsnadError):
    """A quotation that is not, character for character, a slice of its article."""
