"""Tells what was measured in `docs/benchmarks.md`: one table for each bench, the last run of it."""

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.figure import Figure

PLACE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
_HEAD = """# What was measured

Written by `make bench`. Where two servers stand beside each other, both were measured in the same
rounds, one after the other, on the same machine: the ratio says much, the figures alone little.
"""
_COLUMNS = "| what | ours | the other | ratio | at most | |\n| --- | --- | --- | --- | --- | --- |"


def write(title: str, figures: Iterable[Figure]) -> None:
    """Put what a bench measured in the place of what it measured the last time."""
    told = PLACE.read_text(encoding="utf-8") if PLACE.exists() else _HEAD
    head, *parts = told.split("\n## ")
    kept = {part.partition("\n")[0]: part.rstrip() for part in parts}
    at = datetime.now(UTC).date()
    where = f"{at:%-d %B %Y}, {os.cpu_count()} cores, Python {platform.python_version()}"
    rows = "\n".join(figure.row() for figure in figures)
    kept[title] = f"{title}\n\n{where}\n\n{_COLUMNS}\n{rows}"
    PLACE.write_text(
        head.rstrip() + "".join(f"\n\n## {part}" for part in kept.values()) + "\n", encoding="utf-8"
    )
