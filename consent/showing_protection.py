"""What protects somebody in a room, as those see it who set it; and what visitors are told.

Nothing of it is ever shown to whom it protects from, nor that there is any.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from consent import gate, ruling
from consent.consent import Recipient
from consent.naming import family_of, names_of
from consent.protection import TOLD_TO_VISITORS, Exclusion, SafetyMarker, is_against
from consent.rule_wish import RuleWish
from consent.ruling import ReadBack
from consent.store import openings, protections, rule_wishes
from consent.store.protections import Kept
from policies.act import Act
from policies.facts import Kind, label_of_house, label_of_room
from server.directory import store as directory
from server.directory.member import FamilyMember, Member
from server.kernel.clock import london_day
from server.kernel.database import Tx, reading, writing
from server.kernel.errors import NotFound
from server.kernel.ids import RoomId

Names = dict[UUID | None, str]


@dataclass(frozen=True, slots=True)
class SetBy:
    """Who set a record and when, and when somebody looked at it again."""

    name: str
    at: datetime
    reviewed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule of the family that stands, and what was asked about it, oldest first."""

    said: ReadBack
    set_by: SetBy
    wishes: tuple[RuleWish, ...]


@dataclass(frozen=True, slots=True)
class ShownMarker:
    """A safety marker that stands; `is_due` says that its review day has come."""

    marker: SafetyMarker
    protects: str
    against: str
    set_by: SetBy
    is_due: bool


@dataclass(frozen=True, slots=True)
class ShownExclusion:
    """Somebody who is kept out, of all of the room or of a thing."""

    exclusion: Exclusion
    against: str
    set_by: SetBy


@dataclass(frozen=True, slots=True)
class ShownProtection:
    """All that protects somebody in a room, as far as none of it is against the reader."""

    reference: str
    rules: tuple[ShownRule, ...]
    markers: tuple[ShownMarker, ...]
    exclusions: tuple[ShownExclusion, ...]


@dataclass(frozen=True, slots=True)
class RoomToReview:
    """A room with a safety marker, by its reference, and when the first is looked at again."""

    room: RoomId
    reference: str
    review_on: date
    is_due: bool


@dataclass(frozen=True, slots=True)
class ToldVisitor:
    """What a visitor is told, and about whom where it protects somebody."""

    kind: str
    words: str
    about: str


async def view_protection(
    who: Member, room: RoomId, *, act: Act = Act.VIEW_PROTECTION
) -> ShownProtection:
    """Return what protects somebody in a room; `act` is what it is looked at for.

    Raises:
        Refused: `who` neither leads the room nor has the office.
    """
    async with writing() as tx:
        await gate.require(tx, who, act, label_of_room(room, Kind.PROTECTION))
        return await _shown(tx, who, room)


async def list_rooms(
    who: Member, *, reference: str = ""
) -> tuple[list[RoomToReview], RoomId | None]:
    """Return the rooms with a safety marker, the next review first; and the one of a reference.

    Raises:
        Refused: her office does not look after them.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.LIST_PROTECTION, label_of_house(Kind.PROTECTION))
        reviews = await protections.reviews_by_room(tx, who.id)
        sought = await directory.find_team_by_reference(tx, reference) if reference else None
        asked = sorted({*reviews, *({sought.id} if sought else ())})
        labels = [label_of_room(room, Kind.PROTECTION) for room in asked]
        shown = {
            RoomId(label.thing) for label in await gate.sift(tx, who, Act.VIEW_PROTECTION, labels)
        }
        teams = await directory.find_teams(tx, shown)
        today = london_day(tx.at)
        found = [
            RoomToReview(room, teams[room].reference, day, is_due=day <= today)
            for room, day in reviews.items()
            if room in shown
        ]
        open_one = sought.id if sought is not None and sought.id in shown else None
        return sorted(found, key=lambda one: (one.review_on, one.reference)), open_one


async def warnings(who: Member, room: RoomId) -> list[ToldVisitor]:
    """Return what somebody who visits the family is to know first; nothing to whoever does not.

    A marker against the reader herself is not among them.
    """
    async with reading() as tx:
        told = [
            one
            for one in await protections.list_markers(tx, room)
            if one.kind in TOLD_TO_VISITORS and not is_against(one, _recipient(who))
        ]
    if not told:
        return []
    async with writing() as tx:
        label = label_of_room(room, Kind.PROTECTION)
        if not await gate.sift(tx, who, Act.HEED_WARNING, [label]):
            return []
        names = await names_of(tx, {one.protects for one in told if one.protects is not None})
        return [
            ToldVisitor(one.kind, one.words, names.get(one.protects, "") if one.protects else "")
            for one in told
        ]


async def _shown(tx: Tx, who: Member, room: RoomId) -> ShownProtection:
    found = (await openings.find_openings(tx, room)).protections
    kept = await protections.list_kept(tx, room)
    rules = [one for one in found.rules if not is_against(one, _recipient(who))]
    markers = [
        one
        for one in await protections.list_markers(tx, room)
        if not is_against(one, _recipient(who))
    ]
    names: Names = {one.id: one.name for one in (await family_of(tx, room)).people}
    named = {one.member for one in markers} | {one.member for one in found.exclusions}
    setters = {one.set_by for one in kept.values()}
    members = await directory.find_members(tx, {one for one in named | setters if one is not None})
    names |= {one.id: one.name for one in members.values()}
    said = {one.id: one for one in await ruling.read_back(tx, room, rules)}
    wishes = await rule_wishes.wishes_in(tx, room)
    today = london_day(tx.at)
    return ShownProtection(
        reference=(await directory.get_team(tx, room)).reference,
        rules=tuple(
            ShownRule(
                said[one.id],
                _set_by(kept[one.id], names),
                tuple(each for each in wishes if each.rule == one.id),
            )
            for one in sorted(rules, key=lambda rule: kept[rule.id].set_at)
        ),
        markers=tuple(
            ShownMarker(
                marker=one,
                protects=names.get(one.protects, ""),
                against=_against(one, names),
                set_by=_set_by(kept[one.id], names),
                is_due=one.review_on is not None and one.review_on <= today,
            )
            for one in markers
        ),
        exclusions=tuple(
            ShownExclusion(one, _against(one, names), _set_by(kept[one.id], names))
            for one in sorted(found.exclusions, key=lambda each: kept[each.id].set_at)
            if not is_against(one, _recipient(who))
        ),
    )


def _against(one: SafetyMarker | Exclusion, names: Names) -> str:
    return names.get(one.member or one.person, "")


def _set_by(kept: Kept, names: Names) -> SetBy:
    return SetBy(names.get(kept.set_by, "Somebody who has left"), kept.set_at, kept.reviewed_at)


def _recipient(who: Member) -> Recipient:
    person = who.person if isinstance(who, FamilyMember) else None
    return Recipient(who.id, who.agency, person)


async def find_rule(who: Member, room: RoomId, rule: UUID) -> ReadBack:
    """Return one rule that stands, to be written anew or ended.

    Raises:
        Refused: `who` neither leads the room nor has the office.
        NotFound: the room has no such rule.
    """
    shown = await view_protection(who, room)
    for one in shown.rules:
        if one.said.id == rule:
            return one.said
    raise NotFound
