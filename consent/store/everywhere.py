"""Queries on what is agreed and decided in all rooms at once, given so many rooms at a time."""

from collections.abc import AsyncIterator, Collection, Sequence
from typing import NamedTuple

from sqlalchemy import String, and_, case, cast, func, literal, or_, select

from consent.consent import Choice
from consent.sharing_decision import Outcome
from consent.tables import consent_line, sharing_decision, sharing_decision_recipient
from server.directory.seat_store import FEW_AGENCIES
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode
from server.kernel.tables import in_text

ROOMS_AT_ONCE = 250
ANSWER = ";"
"""What parts one answer from the next in `Answered`."""


class Answered(NamedTuple):
    """Every answer of a room on some categories, in one text: a million rows would take too long.

    An answer is `whom|category|purpose|agency|member|version`, where `whom` is `#` with who
    answered and about whom, and `member` the person of the organisation it is for (`family`: one of
    the family; empty: all of it). The version of what is no yes that holds now has a minus.
    """

    room: str
    text: str


class Decided(NamedTuple):
    """A decision to share that holds now: from whom, to whom and for what."""

    room: str
    purpose: str
    from_agency: AgencyCode
    agency: AgencyCode
    member: str | None


async def all_answered(
    tx: Tx, categories: Collection[str], agencies: Collection[AgencyCode]
) -> AsyncIterator[Sequence[Answered]]:
    """Give for every room all answers on these categories towards these organisations."""
    line = consent_line.c
    member = case(
        (line.person.is_not(None), "family"), else_=func.coalesce(in_text(line.member), "")
    )
    is_yes = and_(line.choice == Choice.YES.value, line.until > tx.at)
    version = cast(case((is_yes, line.version), else_=-line.version), String)
    answer = literal("#") + in_text(line.giver) + in_text(line.subject) + "|"
    # A million texts are put together: what is the same in all of them stands in one piece.
    [*others, last] = sorted(categories)
    category = literal(f"{last}|") if not others else line.category + "|"
    answer = answer + category + line.purpose + "|" + line.agency + "|" + member + "|" + version
    query = (
        select(in_text(line.room), func.aggregate_strings(answer, ANSWER))
        .where(line.category.in_(sorted(categories)))
        .group_by(line.room)
    )
    if len(agencies) <= FEW_AGENCIES:
        query = query.where(line.agency.in_(sorted(agencies)))
    async for rows in tx.stream(query, ROOMS_AT_ONCE):
        yield rows


async def all_decided(tx: Tx) -> AsyncIterator[Sequence[Decided]]:
    """Give every decision to share that holds now, by recipient."""
    one, to = sharing_decision.c, sharing_decision_recipient.c
    query = (
        select(in_text(one.room), one.purpose, one.from_agency, to.agency, in_text(to.member))
        .join(sharing_decision_recipient, to.sharing_decision == one.id)
        .where(
            one.outcome == Outcome.SHARE.value,
            one.ended_at.is_(None),
            one.decided_at <= tx.at,
            or_(one.until.is_(None), one.until > tx.at),
        )
    )
    async for rows in tx.stream(query, ROOMS_AT_ONCE):
        yield rows
