"""Who had received words of a part: told from the log, and from who has it open just now.

A page that was read has an entry; reading live has one when it begins and one when it ends, with
the changes between. In doubt somebody is named: whoever is told of this must not miss anybody.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from policies.act import Act
from rooms import taken_back_store
from rooms.passages import Passage
from rooms.section import Section
from server.audit import search
from server.audit.search import SeenEntry
from server.kernel.database import Tx
from server.kernel.ids import MemberId

MOST_READ = 50_000
"""So many entries of a room are read at most, the newest ones."""

_A_MOMENT = timedelta(milliseconds=1)  # the log counts in them
_READ = Act.OPEN_SECTION.past
_READ_VERSION = Act.READ_VERSION.past
_READ_LIVE = "section:delivered"


async def who_received(
    tx: Tx, section: Section, passages: Sequence[Passage], *, but: MemberId
) -> list[MemberId]:
    """Return who had received any of these passages, without `but`, who wrote them."""
    since = min(one.first_at for one in passages) - _A_MOMENT
    read = await search.entries_of_room(
        tx, section.room, {_READ, _READ_VERSION}, since=since, at_most=MOST_READ
    )
    live = await search.entries_of_room(
        tx, section.room, {_READ_LIVE}, since=since, at_most=MOST_READ, outcome="noted"
    )
    found = [one.who for one in read if _is_of(section, one) and _showed(one, passages)]
    found += [one.who for one in live if one.thing == section.id and _brought(one, passages)]
    found += [
        one.member
        for one in await taken_back_store.open_readings(tx, section.id)
        if _stood_since(one.from_seq, passages)
    ]
    return sorted({who for who in found if who is not None and who != but})


def _is_of(section: Section, entry: SeenEntry) -> bool:
    things = (entry.details or {}).get("things") or ()
    return entry.thing == section.id or section.id.hex in things


def _showed(entry: SeenEntry, passages: Iterable[Passage]) -> bool:
    """Say whether a page that was read then showed any of it."""
    return any(
        one.first_at - _A_MOMENT <= entry.at
        and (one.gone_at is None or entry.kind == _READ_VERSION or entry.at <= one.gone_at)
        for one in passages
    )


def _brought(entry: SeenEntry, passages: Iterable[Passage]) -> bool:
    """Say whether reading live, which ended with this entry, brought any of it."""
    details = entry.details or {}
    upto, since = int(details.get("upto_seq", 0)), int(details.get("from_seq", 0))
    return _stood_since(since, [one for one in passages if one.first_seq <= upto])


def _stood_since(seq: int, passages: Iterable[Passage]) -> bool:
    return any(one.gone_seq is None or seq < one.gone_seq for one in passages)
