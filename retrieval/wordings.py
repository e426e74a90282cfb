"""The wordings of an archive's passages, kept so that the next archive need not read them again."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Shingles = npt.NDArray[np.uint64]


class Wordings:
    """Different sets of shingles, one after the other, and which of them each row has.

    Attributes:
        of_rows: The number of the wording of each row, shape (rows,); -1 for none.
    """

    def __init__(self, shingles: Shingles, ends: Numbers, of_rows: Numbers) -> None:
        """Args: the shingles of all, sorted in each; where each ends, after a 0; those of rows."""
        self._shingles = shingles
        self._ends = ends
        self.of_rows = of_rows

    @classmethod
    def load(cls, folder: Path) -> "Wordings":
        """Map what `save` wrote into memory."""
        shingles, ends, of_rows = (
            np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray)
            for name in ("shingles", "ends", "of_rows")
        )
        return cls(shingles, ends, of_rows)

    def save(self, folder: Path) -> None:
        """Write into a new folder."""
        folder.mkdir()
        np.save(folder / "shingles.npy", self._shingles)
        np.save(folder / "ends.npy", self._ends)
        np.save(folder / "of_rows.npy", self.of_rows)

    def __getitem__(self, number: int) -> Shingles:
        """Return the shingles of a wording, sorted."""
        return self._shingles[self._ends[number] : self._ends[number + 1]]
