"""The rows of a thing's label: of which categories, from whom, about whom, for whom by name.

Parts of a plan, actions and documents each keep their own such rows; here they are written, read
and deleted alike. A label is read whole or not at all: a thing whose rows are empty has a label
that opens it to nobody.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Column,
    Row,
    Select,
    String,
    Table,
    Uuid,
    bindparam,
    cast,
    delete,
    insert,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)

from policies.facts import Confidentiality, Label
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, RoomId
from server.kernel.tables import as_bare, bare, from_bare, in_text


class Kept(NamedTuple):
    """That a room keeps something of a category from an organisation; `named` is one it is for."""

    room: str
    category: str
    origin: AgencyCode
    named: str | None


KEPT_AT_ONCE = 1_000


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
        # The same few ids stand in many rows; each is made once.
        ids = {as_bare(tx.dialect, thing): thing for thing in things}
        rows: Sequence[Any] = await tx.rows(self._parts, {"ids": things})
        for thing, name, code, bare_id in rows:
            if code is None and bare_id not in ids:
                ids[bare_id] = from_bare(bare_id)
            parts[ids[thing]][name].add(ids[bare_id] if code is None else code)
        return parts

    async def all_kept(
        self, tx: Tx, things: Table, categories: Collection[str]
    ) -> AsyncIterator[Sequence[Kept]]:
        """Give of which of these categories, and from whom, every room keeps things.

        `things` is the table of the things themselves. Who is named comes in a row of her own.
        """
        category, origin, named = (
            self._columns[name] for name in ("categories", "origins", "named")
        )
        query = (
            select(in_text(things.c.room), category, origin, in_text(named))
            .select_from(things)
            .join(category.table, category.table.c[self._of] == things.c.id)
            .join(origin.table, origin.table.c[self._of] == things.c.id)
            .outerjoin(named.table, named.table.c[self._of] == things.c.id)
            .where(category.in_(sorted(categories)))
        )
        async for rows in tx.stream(query, KEPT_AT_ONCE):
            yield rows

    async def name(self, tx: Tx, thing: UUID, named: Collection[UUID]) -> None:
        """Let a thing be for these people by name, and for nobody who was named before."""
        column = self._columns["named"]
        table = column.table
        await tx.execute(delete(table).where(table.c[self._of] == thing))
        if named:
            rows = [{self._of: thing, column.name: each} for each in sorted(named)]
            await tx.execute(insert(table), rows)

    async def remove(self, tx: Tx, things: Any) -> None:  # noqa: ANN401  ids, or a query for them
        """Delete the rows of these things."""
        for column in self._columns.values():
            table = column.table
            await tx.execute(delete(table).where(table.c[self._of].in_(things)))


def _values(of: str, name: str, value: Column[Any]) -> Select[Any]:
    is_id = isinstance(value.type, Uuid)
    thing = value.table.c[of]
    return select(
        bare(thing),
        literal(name, String),
        cast(null(), String) if is_id else value,
        bare(value) if is_id else type_coerce(cast(null(), Uuid), String),
    ).where(thing.in_(bindparam("ids", expanding=True)))
