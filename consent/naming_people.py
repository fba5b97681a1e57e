"""For whom by name a part, a document or an action is: looked at, and changed with the reason.

A list of names closes a thing to everybody who is not on it. To be on it opens nothing by itself:
what was signed and agreed still decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from consent import gate
from consent.form import LONGEST_WORDS
from consent.keeper import Keepers, all_labels, all_titles, change_access, hold_access
from policies.act import Act
from policies.facts import Confidentiality, Label
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member
from server.kernel.database import Tx, writing
from server.kernel.errors import Invalid, NotFound
from server.kernel.ids import MemberId, RoomId

NOT_HER_ORGANISATIONS = "GUARD-NOT-HER-ORGANISATION"


@dataclass(frozen=True, slots=True)
class ForWhom:
    """A thing by its title, who may be named for it, and who is.

    `is_closed` says that nobody else sees it at all; else the names are needed beside what was
    agreed.
    """

    title: str
    places: Mapping[MemberId, str]
    named: frozenset[MemberId]
    is_closed: bool


def may_change(who: Member, label: Label) -> bool:
    """Say whether somebody who sees a thing may change for whom by name it is."""
    is_own = label.origins == frozenset({who.agency})
    took_down = "child_voice" not in label.categories or label.author == who.id
    return bool(label.named) and is_own and took_down


async def prepare_names(who: Member, room: RoomId, thing: UUID, *, keepers: Keepers) -> ForWhom:
    """Return for whom a thing is by name.

    Raises:
        Refused: she may not change it, or it is not her organisation's, or there is no such thing.
        NotFound: it has no list of names.
    """
    async with writing() as tx:
        label = await _asked_about(tx, who, room, Act.PREPARE_NAMES, thing, keepers)
        titles = await all_titles(tx, room, [thing], keepers)
        return ForWhom(
            title=titles.get(thing, ""),
            places=await _places(tx, room, label),
            named=label.named,
            is_closed=label.confidentiality is Confidentiality.RESTRICTED,
        )


async def change_names(
    who: Member,
    room: RoomId,
    thing: UUID,
    named: frozenset[MemberId],
    *,
    why: str,
    keepers: Keepers,
) -> None:
    """Let a thing be for these people by name, at once; what serves it follows.

    Raises:
        Refused: she may not change it, or it is not her organisation's, or there is no such thing.
        NotFound: it has no list of names.
        Invalid: nobody is named, somebody without a place is, or the reason is missing.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        label = await _asked_about(tx, who, room, Act.CHANGE_NAMES, thing, keepers)
        faults = _faults(named, why, await _places(tx, room, label), who)
        if faults:
            raise Invalid(faults)
        came, went = named - label.named, label.named - named
        for keeper in keepers:
            for one in await keeper.labels(tx, room):
                if thing in {one.thing, one.serves} and one.named:
                    await keeper.name_people(tx, one.thing, (one.named | came) - went)
        await log.record(tx, _entry(who, label, came, went, why))
        await change_access(tx, room, keepers)


async def _asked_about(
    tx: Tx, who: Member, room: RoomId, act: Act, thing: UUID, keepers: Keepers
) -> Label:
    kept = {one.thing: one for one in await all_labels(tx, room, keepers)}
    label = kept.get(thing, Label(thing=thing, room=room))
    await gate.require(tx, who, act, label)
    if label.origins != frozenset({who.agency}):
        # Rule: UK GDPR Art 5(2): each organisation answers for whom it names for its own.
        gate.refuse(tx, who, act, label, why=NOT_HER_ORGANISATIONS)
    if not label.named:
        raise NotFound
    return label


async def _places(tx: Tx, room: RoomId, label: Label) -> dict[MemberId, str]:
    """Return who may be named: those with a place, and whoever is named already."""
    seats = {seat.member for seat in await directory.list_seats(tx, room)}
    members = await directory.find_members(tx, seats | label.named)
    return {each: one.name for each, one in sorted(members.items(), key=lambda one: one[1].name)}


def _faults(
    named: frozenset[MemberId], why: str, places: Mapping[MemberId, str], who: Member
) -> dict[str, str]:
    faults: dict[str, str] = {}
    if who.id not in named:
        faults["named"] = "You change it for your organisation: stay on the list yourself"
    if not named <= set(places):
        faults["named"] = "Choose people with a place in this room"
    if not why.strip():
        faults["why"] = "Write why"
    elif len(why) > LONGEST_WORDS:
        faults["why"] = f"Use {LONGEST_WORDS} letters or fewer"
    return faults


def _entry(
    who: Member, label: Label, came: frozenset[MemberId], went: frozenset[MemberId], why: str
) -> Entry:
    return Entry(
        kind="section:names-noted",
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=label.room,
        thing=label.thing,
        details={
            "came": [one.hex for one in sorted(came)],
            "went": [one.hex for one in sorted(went)],
            "words": why.strip(),
        },
    )
