"""Test collections in, measures out, each with how far it can be trusted.

A ranking is judged by the names of its documents, ours and that of a run on file alike, so that
two runs are measured in the same way.
"""

from retrieval.evaluation.asking import Result, ask
from retrieval.evaluation.comparison import compare
from retrieval.evaluation.measures import measured, rankings
from retrieval.evaluation.questions import Gold, TestQuestion, read_beir, read_questions
from retrieval.evaluation.runs import Run, read_run, write_run

__all__ = [
    "Gold",
    "Result",
    "Run",
    "TestQuestion",
    "ask",
    "compare",
    "measured",
    "rankings",
    "read_beir",
    "read_questions",
    "read_run",
    "write_run",
]
