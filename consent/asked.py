"""How a question to the policies stands in the log, so that it can be put once more. Pure.

What is kept is what was found to be true at the time: which grounds were live for each category
and origin, whether the asker was named, and what kept her out. Neither words nor names are in it.

Rule: ADR-0008: what was decided can be decided again from the log alone, with the same answer.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from policies.act import Act
from policies.decision import Ground
from policies.question import Cell, Live, Question
from server.kernel.canonical_json import Json
from server.kernel.ids import AgencyCode

MOST_KEPT = 40
"""How many different questions of one list are kept; of more it is told how many are left out."""


def written(questions: Iterable[Question]) -> dict[str, Json]:
    """Return for an entry's details what one asker was asked about: each different thing once."""
    asked = list(dict.fromkeys(questions))
    return {
        "purposes": list(asked[0].purposes) if asked else [],
        "each": [[_cell(cell) for cell in one.cells] for one in asked[:MOST_KEPT]],
        "left_out": max(len(asked) - MOST_KEPT, 0),
    }


def read(
    asked: Mapping[str, Any], *, role: str, dst: AgencyCode, act: Act, day: date
) -> list[Question]:
    """Return the questions again, as they were written.

    Raises:
        ValueError, LookupError, TypeError: nothing that was written here.
    """
    return [
        Question(
            role=role,
            dst=dst,
            purposes=tuple(asked["purposes"]),
            verb=act.verb,
            kind=act.kind,
            cells=tuple(_read_cell(*cell) for cell in cells),
            day=day,
        )
        for cells in asked["each"]
    ]


def _cell(cell: Cell) -> list[Json]:
    grounds = sorted([live.ground.value, live.purpose] for live in cell.grounds)
    return [cell.category, cell.origin, grounds, cell.named, cell.excl, cell.marker]


def _read_cell(
    category: str,
    origin: str,
    grounds: Iterable[tuple[str, str]],
    named: bool,  # noqa: FBT001  the fields of `_cell`, in its order
    excl: str,
    marker: str,
) -> Cell:
    live = frozenset(Live(Ground(ground), purpose) for ground, purpose in grounds)
    return Cell(category, AgencyCode(origin), live, named, excl, marker)
