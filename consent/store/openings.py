"""Queries on what opens or closes a thing beside the agreement.

Decisions about sharing, exclusions, safety markers, and who was let in for an emergency.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Cast,
    Row,
    Select,
    String,
    Uuid,
    bindparam,
    cast,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.types import TypeEngine

from consent.protection import Conflict, Exclusion, FamilyRule, Protections, RuleSort, SafetyMarker
from consent.sharing_decision import LegalGround, Named, Outcome, SharingDecision
from consent.tables import (
    CODE,
    emergency_access,
    exclusion,
    family_rule,
    family_rule_part,
    safety_marker,
    sharing_decision,
    sharing_decision_recipient,
    sharing_decision_subject,
    sharing_decision_thing,
)
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, MemberId, PersonId, RoomId, SharingDecisionId
from server.kernel.tables import Instant


@dataclass(frozen=True, slots=True)
class Openings:
    """What beside the agreement opens or closes things of a room now."""

    decisions: tuple[SharingDecision, ...]
    protections: Protections
    emergencies: Mapping[MemberId, datetime]


async def find_openings(tx: Tx, room: RoomId) -> Openings:
    """Return all of it that is live in a room, in one query."""
    rows = await tx.rows(_OPENINGS, {"of_room": room, "now": tx.at})
    by_sort: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_sort[row.sort].append(row)
    return Openings(
        decisions=_decisions(room, by_sort["decision"]),
        protections=Protections(
            exclusions=tuple(_exclusion(room, row) for row in by_sort["exclusion"]),
            markers=tuple(_marker(room, row) for row in by_sort["marker"]),
            rules=_rules(room, by_sort["rule"]),
        ),
        emergencies={MemberId(row.member): row.until for row in by_sort["emergency"]},
    )


_ROOM = bindparam("of_room", type_=Uuid())
_NOW = bindparam("now", type_=Instant())


def _decision_rows() -> Select[Any]:
    one = sharing_decision.c
    return (
        select(
            literal("decision", String(16)).label("sort"),
            one.id,
            sharing_decision_thing.c.thing,
            sharing_decision_recipient.c.member,
            sharing_decision_subject.c.subject.label("person"),
            sharing_decision_recipient.c.agency.label("code"),
            one.from_agency,
            one.purpose,
            one.legal_ground,
            one.why.label("words"),
            one.decided_by.label("by"),
            one.decided_at.label("since"),
            one.until,
        )
        .join(sharing_decision_thing, sharing_decision_thing.c.sharing_decision == one.id)
        .join(sharing_decision_subject, sharing_decision_subject.c.sharing_decision == one.id)
        .join(sharing_decision_recipient, sharing_decision_recipient.c.sharing_decision == one.id)
        .where(
            one.room == _ROOM,
            one.outcome == Outcome.SHARE.value,
            one.ended_at.is_(None),
            one.decided_at <= _NOW,
            or_(one.until.is_(None), one.until > _NOW),
        )
    )


def _exclusion_rows() -> Select[Any]:
    one = exclusion.c
    return select(
        literal("exclusion", String(16)),
        one.id,
        one.thing,
        one.member,
        one.person,
        *_absent(CODE),
        one.sort,
        *_absent(CODE, CODE),
        one.why,
        one.set_by,
        one.set_at,
        one.until,
    ).where(
        one.room == _ROOM,
        one.lifted_at.is_(None),
        or_(one.until.is_(None), one.until > _NOW),
    )


def _marker_rows() -> Select[Any]:
    # A marker past its review date still stands: only a person may lift what protects somebody.
    one = safety_marker.c
    return select(
        literal("marker", String(16)),
        one.id,
        one.thing,
        one.member,
        one.person,
        one.category,
        one.kind,
        *_absent(CODE, CODE),
        one.basis,
        one.protects,
        one.set_at,
        *_absent(Instant()),
    ).where(one.room == _ROOM, one.lifted_at.is_(None))


def _emergency_rows() -> Select[Any]:
    one = emergency_access.c
    return select(
        literal("emergency", String(16)),
        one.id,
        *_absent(Uuid()),
        one.asked_by,
        *_absent(Uuid(), CODE, CODE, CODE, CODE, CODE, Uuid(), Instant()),
        one.until,
    ).where(one.room == _ROOM, one.ended_at.is_(None), one.until > _NOW)


def _rule_rows() -> Select[Any]:
    # One row for each value that a rule holds: a product of them would grow with its length.
    one, part = family_rule.c, family_rule_part.c
    return (
        select(
            literal("rule", String(16)),
            one.id,
            part.subject,
            part.member,
            part.person,
            part.category,
            part.agency,
            one.sort,
            *_absent(CODE),
            one.words,
            one.said_by,
            one.set_at,
            *_absent(Instant()),
        )
        .join(family_rule_part, part.rule == one.id)
        .where(one.room == _ROOM, one.lifted_at.is_(None))
    )


def _absent(*kinds: TypeEngine[Any]) -> list[Cast[Any]]:
    return [cast(null(), kind) for kind in kinds]


# Made once: building it would cost more than running it.
_OPENINGS = union_all(
    _decision_rows(), _exclusion_rows(), _marker_rows(), _emergency_rows(), _rule_rows()
)


def _decisions(room: RoomId, rows: Iterable[Row[Any]]) -> tuple[SharingDecision, ...]:
    by_id: dict[SharingDecisionId, list[Row[Any]]] = {}
    for row in rows:
        by_id.setdefault(SharingDecisionId(row.id), []).append(row)
    return tuple(
        SharingDecision(
            id=each,
            room=room,
            outcome=Outcome.SHARE,
            from_agency=AgencyCode(found[0].from_agency),
            purpose=found[0].purpose,
            legal_ground=LegalGround(found[0].legal_ground) if found[0].legal_ground else None,
            why=found[0].words,
            decided_by=MemberId(found[0].by),
            decided_at=found[0].since,
            subjects=frozenset({PersonId(row.person) for row in found}),
            things=frozenset({row.thing for row in found}),
            recipients=frozenset({Named(AgencyCode(row.code), row.member) for row in found}),
            until=found[0].until,
        )
        for each, found in by_id.items()
    )


def _exclusion(room: RoomId, row: Row[Any]) -> Exclusion:
    return Exclusion(
        id=row.id,
        room=room,
        why=row.words,
        thing=row.thing,
        member=row.member,
        person=row.person,
        until=row.until,
        sort=Conflict(row.from_agency),
    )


def _marker(room: RoomId, row: Row[Any]) -> SafetyMarker:
    return SafetyMarker(
        id=row.id,
        room=room,
        kind=row.from_agency,
        basis=row.words,
        protects=row.by,
        category=row.code,
        thing=row.thing,
        member=row.member,
        person=row.person,
    )


def _rules(room: RoomId, rows: Iterable[Row[Any]]) -> tuple[FamilyRule, ...]:
    by_id: dict[Any, list[Row[Any]]] = {}
    for row in rows:
        by_id.setdefault(row.id, []).append(row)
    return tuple(
        FamilyRule(
            id=each,
            room=room,
            said_by=PersonId(parts[0].by),
            words=parts[0].words,
            sort=RuleSort(parts[0].purpose),
            subjects=frozenset({PersonId(row.thing) for row in parts if row.thing is not None}),
            categories=frozenset({row.code for row in parts if row.code is not None}),
            members=frozenset({MemberId(row.member) for row in parts if row.member is not None}),
            people=frozenset({PersonId(row.person) for row in parts if row.person is not None}),
            agencies=frozenset(
                {AgencyCode(row.from_agency) for row in parts if row.from_agency is not None}
            ),
        )
        for each, parts in by_id.items()
    )
