"""The rows of a thing's label: of which categories, from whom, about whom, for whom by name.

Parts of a plan, actions and documents each keep their own such rows; here they are written, read
and deleted alike. A label is read whole or not at all: a thing whose rows are empty has a label
that opens it to nobody.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Row,
    Select,
    String,
    Uuid,
    bindparam,
    cast,
    delete,
    insert,
    literal,
    null,
    select,
    union_all,
)

from policies.facts import Confidentiality, Label
from server.kernel.database import Tx
from server.kernel.ids import RoomId


class LabelRows:
    """The rows of the labels of one kind of thing, each set in a join table of its own."""

    def __init__(self, of: str, **columns: Column[Any]) -> None:
        """Stand on the join tables: `of` is their column that names the thing.

        `columns` are those of the values, by their name in the label.
        """
        self._of = of
        self._columns = columns
        # Made once and kept: building it costs more than running it.
        self._parts = union_all(
            *(_values(of, name, column) for name, column in sorted(columns.items()))
        )

    async def add(self, tx: Tx, label: Label) -> None:
        """Add the rows of a new thing's label."""
        for name, column in self._columns.items():
            values = sorted(getattr(label, name), key=str)
            if values:
                rows = [{self._of: label.thing, column.name: value} for value in values]
                await tx.execute(insert(column.table), rows)

    async def labels_of(
        self, tx: Tx, rows: Sequence[Row[Any]], *, author: str, serves: str | None = None
    ) -> dict[UUID, Label]:
        """Return the label of each of these things, by its id, in one query for all of them.

        `author` and `serves` are the columns of the thing's own row for these of the label.
        """
        if not rows:
            return {}
        parts = await self.look_for(tx, [row.id for row in rows])
        return {
            row.id: Label(
                thing=row.id,
                room=RoomId(row.room),
                categories=frozenset(found["categories"]),
                origins=frozenset(found["origins"]),
                subjects=frozenset(found["subjects"]),
                confidentiality=Confidentiality(row.confidentiality),
                named=frozenset(found["named"]),
                shown_to=frozenset(found["shown_to"]),
                author=getattr(row, author),
                serves=getattr(row, serves) if serves else None,
            )
            for row, found in ((row, parts[row.id]) for row in rows)
        }

    async def look_for(
        self, tx: Tx, things: Sequence[UUID]
    ) -> defaultdict[UUID, defaultdict[str, set[Any]]]:
        """Return what stands about these things, by the name it has in the label."""
        parts: defaultdict[UUID, defaultdict[str, set[Any]]]
        parts = defaultdict(lambda: defaultdict(set))
        for one in await tx.rows(self._parts, {"ids": things}):
            parts[one.thing][one.name].add(one.id if one.code is None else one.code)
        return parts

    async def remove(self, tx: Tx, things: Any) -> None:  # noqa: ANN401  ids, or a query for them
        """Delete the rows of these things."""
        for column in self._columns.values():
            table = column.table
            await tx.execute(delete(table).where(table.c[self._of].in_(things)))


def _values(of: str, name: str, value: Column[Any]) -> Select[Any]:
    is_id = isinstance(value.type, Uuid)
    thing = value.table.c[of]
    return select(
        thing.label("thing"),
        literal(name, String).label("name"),
        (cast(null(), String) if is_id else value).label("code"),
        (value if is_id else cast(null(), Uuid)).label("id"),
    ).where(thing.in_(bindparam("ids", expanding=True)))
