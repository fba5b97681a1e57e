"""Queries on decisions about sharing as they were recorded, and on their reviews."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, update

from consent.sharing_decision import (
    LawfulBasis,
    LegalGround,
    Named,
    Outcome,
    Outside,
    Review,
    SharingDecision,
)
from consent.tables import (
    consent_line,
    less_safe_question,
    sharing_decision,
    sharing_decision_category,
    sharing_decision_recipient,
    sharing_decision_subject,
    sharing_decision_thing,
)
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, MemberId, PersonId, RoomId, SharingDecisionId, new_id

_ONE = sharing_decision.c
_NEWEST_FIRST = (_ONE.decided_at.desc(), _ONE.id)


async def add_sharing_decision(tx: Tx, new: SharingDecision) -> bool:
    """Add a decision with all that it names; say whether it was not there already."""
    if await find_decision(tx, new.id) is not None:
        return False
    await tx.execute(insert(sharing_decision).values(_row_of(new)))
    of_decision = {"sharing_decision": new.id}
    for table, rows in (
        (sharing_decision_subject, [{"subject": one} for one in sorted(new.subjects)]),
        (sharing_decision_thing, [{"thing": one} for one in sorted(new.things)]),
        (sharing_decision_category, [{"category": one} for one in sorted(new.categories)]),
        (
            sharing_decision_recipient,
            [{"id": new_id(), "agency": to.agency, "member": to.member} for to in new.recipients],
        ),
    ):
        if rows:
            await tx.execute(insert(table), [{**of_decision, **row} for row in rows])
    return True


def _row_of(new: SharingDecision) -> dict[str, object]:
    return {
        "id": new.id,
        "room": new.room,
        "outcome": new.outcome,
        "from_agency": new.from_agency,
        "purpose": new.purpose,
        "legal_ground": new.legal_ground or "",
        "lawful_basis": new.lawful_basis or "",
        "condition": new.condition,
        "criminal_condition": new.criminal_condition,
        "duty": new.duty,
        "detriment": new.detriment,
        "what": new.what,
        "outside_to": new.outside.to if new.outside else "",
        "outside_how": new.outside.how if new.outside else "",
        "why": new.why,
        "proportion": new.proportion,
        "asked_as": new.asked_as,
        "asked": new.asked,
        "told_as": new.told_as,
        "told": new.told,
        "advice": new.advice,
        "limits": new.limits,
        "decided_by": new.decided_by,
        "decided_at": new.decided_at,
        "until": new.until,
        "review_words": "",
    }


async def add_review(
    tx: Tx, decision: SharingDecisionId, *, by: MemberId, review: Review, words: str
) -> bool:
    """Record the second person's review, once; say whether none stood before."""
    done = await tx.execute(
        update(sharing_decision)
        .where(_ONE.id == decision, _ONE.review.is_(None))
        .values(reviewed_by=by, reviewed_at=tx.at, review=review, review_words=words)
    )
    return done.rowcount == 1


async def end_decision(tx: Tx, decision: SharingDecisionId) -> bool:
    """End a decision now, once; say whether it had not ended. The caller changes access."""
    done = await tx.execute(
        update(sharing_decision)
        .where(_ONE.id == decision, _ONE.ended_at.is_(None))
        .values(ended_at=tx.at)
    )
    return done.rowcount == 1


async def find_decision(tx: Tx, decision: UUID) -> SharingDecision | None:
    """Return a decision, or None if there is no such one."""
    found = await _decisions(tx, select(sharing_decision).where(_ONE.id == decision))
    return found[0] if found else None


async def list_decisions(tx: Tx, room: RoomId) -> list[SharingDecision]:
    """Return every decision of a room, newest first."""
    asked = select(sharing_decision).where(_ONE.room == room).order_by(*_NEWEST_FIRST)
    return await _decisions(tx, asked)


async def list_waiting(tx: Tx) -> list[SharingDecision]:
    """Return every decision that nobody has reviewed, oldest first."""
    asked = select(sharing_decision).where(_ONE.review.is_(None))
    return await _decisions(tx, asked.order_by(_ONE.decided_at, _ONE.id))


async def list_reviewed(tx: Tx, *, at_most: int) -> list[SharingDecision]:
    """Return those reviewed last, newest first."""
    asked = select(sharing_decision).where(_ONE.review.is_not(None))
    newest = (_ONE.reviewed_at.desc(), _ONE.id)
    return await _decisions(tx, asked.order_by(*newest).limit(at_most))


@dataclass(frozen=True, slots=True)
class Matter:
    """What a withdrawal stopped, towards whom, and what the lead answered about it."""

    categories: tuple[str, ...]
    agencies: tuple[AgencyCode, ...]
    words: str


async def find_matter(tx: Tx, room: RoomId, question: UUID, *, of: MemberId) -> Matter | None:
    """Return the matter of a question about a child's safety that `of` answered, or None."""
    asked = less_safe_question.c
    row = await tx.first(
        select(asked.consent, asked.version, asked.words).where(
            asked.id == question, asked.room == room, asked.answered_by == of
        )
    )
    if row is None:
        return None
    line = consent_line.c
    stopped = await tx.rows(
        select(line.category, line.agency).where(
            line.consent == row.consent, line.version == row.version, line.choice == "no"
        )
    )
    return Matter(
        categories=tuple(sorted({one.category for one in stopped})),
        agencies=tuple(sorted({AgencyCode(one.agency) for one in stopped})),
        words=row.words,
    )


async def _decisions(tx: Tx, asked: Select[Any]) -> list[SharingDecision]:
    rows = await tx.rows(asked)
    if not rows:
        return []
    ids = [row.id for row in rows]
    subjects = await _of_each(tx, ids, select(sharing_decision_subject))
    things = await _of_each(tx, ids, select(sharing_decision_thing))
    categories = await _of_each(tx, ids, select(sharing_decision_category))
    recipients = await _of_each(tx, ids, select(sharing_decision_recipient))
    return [
        _decision(
            row,
            subjects=frozenset(PersonId(one.subject) for one in subjects[row.id]),
            things=frozenset(one.thing for one in things[row.id]),
            categories=frozenset(one.category for one in categories[row.id]),
            recipients=frozenset(
                Named(AgencyCode(one.agency), one.member) for one in recipients[row.id]
            ),
        )
        for row in rows
    ]


async def _of_each(tx: Tx, ids: Sequence[UUID], asked: Select[Any]) -> dict[UUID, list[Row[Any]]]:
    column = asked.selected_columns["sharing_decision"]
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in await tx.rows(asked.where(column.in_(ids))):
        found[row.sharing_decision].append(row)
    return found


def _decision(
    row: Row[Any],
    *,
    subjects: frozenset[PersonId],
    things: frozenset[UUID],
    categories: frozenset[str],
    recipients: frozenset[Named],
) -> SharingDecision:
    return SharingDecision(
        id=SharingDecisionId(row.id),
        room=RoomId(row.room),
        outcome=Outcome(row.outcome),
        from_agency=AgencyCode(row.from_agency),
        purpose=row.purpose,
        legal_ground=LegalGround(row.legal_ground) if row.legal_ground else None,
        lawful_basis=LawfulBasis(row.lawful_basis) if row.lawful_basis else None,
        condition=row.condition,
        criminal_condition=row.criminal_condition,
        duty=row.duty,
        detriment=row.detriment,
        what=row.what,
        outside=Outside(row.outside_to, row.outside_how) if row.outside_how else None,
        why=row.why,
        proportion=row.proportion,
        asked_as=row.asked_as,
        asked=row.asked,
        told_as=row.told_as,
        told=row.told,
        advice=row.advice,
        limits=row.limits,
        decided_by=MemberId(row.decided_by),
        decided_at=row.decided_at,
        until=row.until,
        ended_at=row.ended_at,
        reviewed_by=MemberId(row.reviewed_by) if row.reviewed_by else None,
        reviewed_at=row.reviewed_at,
        review=Review(row.review) if row.review else None,
        review_words=row.review_words,
        subjects=subjects,
        things=things,
        categories=categories,
        recipients=recipients,
    )
