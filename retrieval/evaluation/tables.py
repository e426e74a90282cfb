"""Measures -> tables for a terminal, as narrow as they can be."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from retrieval.evaluation.measures import RETRIEVAL


def tables(measures: dict[str, Any]) -> Iterator[Table]:
    """Yield a table of rankings, one of answers, and one of the comparison, where there are such.

    Below each figure stands its 95% interval.
    """
    rows = {"overall": measures["overall"]}
    rows |= {f"type {name}": row for name, row in measures["type"].items()}
    rows |= {f"lang {name}": row for name, row in measures["lang"].items()}
    names = list(dict.fromkeys(name for row in rows.values() for name in row["ci"]))
    yield _measures(rows, [name for name in names if name in RETRIEVAL])
    answers = [name for name in names if name not in RETRIEVAL]
    if answers:
        yield _measures(rows, answers)
    if "compare" in measures:
        yield _comparison(measures["compare"])


def _measures(rows: dict[str, dict[str, Any]], names: Sequence[str]) -> Table:
    table = Table("", "n", *(name.replace("_", " ") for name in names), box=None)
    for label, row in rows.items():
        cells = (f"{row[n]:g}\n{_interval(row['ci'][n])}" if n in row else "" for n in names)
        table.add_row(Text(label), str(row["n"]), *cells)
    return table


def _comparison(compared: dict[str, Any]) -> Table:
    missing = f" ({compared['missing']} not in it)" if compared["missing"] else ""
    title = f"against {compared['run']}, {compared['n']} questions{missing}"
    columns = ("", "this", "other", "difference", "95%", "p")
    table = Table(*columns, box=None, title=Text(title, justify="left"))
    for name in RETRIEVAL:
        row = compared[name]
        figures = (f"{row[column]:g}" for column in ("this", "other"))
        low, high = row["ci"]
        interval = f"{low:+.2f} to {high:+.2f}"
        table.add_row(name, *figures, f"{row['difference']:+g}", interval, f"{row['p']:g}")
    return table


def _interval(bounds: Sequence[float]) -> str:
    low, high = bounds
    return f"{low:.2f}–{high:.2f}"
