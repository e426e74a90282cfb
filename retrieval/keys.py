"""Which passage a key of the indexes stands for.

Rows are the places of passages in the archive: they move when articles come and go. The indexes
know passages by keys, which stay, so that a generation can be made of the one before by taking out
and adding a few. Those of an archive that was built at one go are its rows.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retrieval.errors import GenerationError

Numbers = npt.NDArray[np.int64]


class Keys:
    """The keys of a generation.

    Attributes:
        of_rows: The key of each passage, shape (passages,).
        next: The key that the next passage will get.
    """

    def __init__(self, of_rows: Numbers, next_key: int) -> None:
        """Args: the key of each row, and the least that was never given."""
        self.of_rows = of_rows
        self.next = next_key
        self._rows = np.full(next_key, -1, dtype=np.int64)
        self._rows[of_rows] = np.arange(len(of_rows))

    @classmethod
    def load(cls, path: Path) -> "Keys":
        """Read what `save` wrote."""
        numbers = np.load(path)
        return cls(numbers[1:], int(numbers[0]))

    def save(self, path: Path) -> None:
        """Write to an .npy file."""
        np.save(path, np.concatenate(([self.next], self.of_rows)))

    def rows(self, keys: Iterable[int]) -> list[int]:
        """Return the rows of keys that are in use.

        Raises:
            GenerationError: If one never was.
        """
        try:
            rows: list[int] = self._rows[list(keys)].tolist()
        except IndexError as error:
            raise GenerationError(f"the keys of passages are damaged ({error})") from error
        return rows

    @property
    def dead(self) -> int:
        """How many keys stand for passages that are gone."""
        return self.next - len(self.of_rows)
