"""Pseudonyms: who, of which agency and in which room, as it stands in the log for ever.

They are random. Once a row here is deleted, nobody can tell any more whom the entries name.
"""

import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Literal
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from server.audit.tables import audit_pseudonym
from server.kernel.database import Tx

Named = tuple[Literal["member", "agency", "room"], str]
"""What is named and how: the hexadecimal id of a member or room, the code of an agency."""

PSEUDONYM_BYTES = 16
_KNOWN_AT_MOST = 10_000

_known: WeakKeyDictionary[Engine, OrderedDict[Named, bytes]] = WeakKeyDictionary()


async def find_or_make(tx: Tx, wanted: Iterable[Named]) -> dict[Named, bytes]:
    """Return a pseudonym for each one named, making those that have none yet."""
    known = _known.setdefault(tx.connection.sync_engine, OrderedDict())
    wanted = set(wanted)
    found = {named: known[named] for named in wanted if named in known}
    missing = wanted - found.keys()
    if missing:
        learnt = await _find_or_insert(tx, missing)
        # Not before the commit: what is rolled back was never given.
        tx.after_commit(lambda: _remember(known, learnt))
        found |= learnt
    return found


async def find(tx: Tx, wanted: Iterable[Named]) -> dict[Named, bytes]:
    """Return the pseudonyms of those who have one."""
    wanted = set(wanted)
    query = select(audit_pseudonym).where(audit_pseudonym.c.real.in_([real for _, real in wanted]))
    rows = {(row.kind, row.real): row.pseudonym for row in await tx.rows(query)}
    return {named: rows[named] for named in wanted if named in rows}


async def who_is(tx: Tx, pseudonyms: Iterable[bytes]) -> Mapping[bytes, str]:
    """Return the real id behind each pseudonym that still has one."""
    query = select(audit_pseudonym).where(audit_pseudonym.c.pseudonym.in_(set(pseudonyms)))
    return {row.pseudonym: row.real for row in await tx.rows(query)}


async def _find_or_insert(tx: Tx, wanted: set[Named]) -> dict[Named, bytes]:
    found = await find(tx, wanted)
    missing = sorted(wanted - found.keys())  # always in one order, so that no two wait in a ring
    if not missing:
        return found
    dialect = sqlite if tx.dialect == "sqlite" else postgresql
    await tx.execute(
        dialect.insert(audit_pseudonym).on_conflict_do_nothing(index_elements=["kind", "real"]),
        [
            {"pseudonym": secrets.token_bytes(PSEUDONYM_BYTES), "kind": kind, "real": real}
            for kind, real in missing
        ],
    )
    return await find(tx, wanted)


def _remember(known: OrderedDict[Named, bytes], learnt: Mapping[Named, bytes]) -> None:
    known.update(learnt)
    while len(known) > _KNOWN_AT_MOST:
        known.popitem(last=False)
