"""Reading a plan: the parts somebody may know of, their words, and who else sees each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from consent import gate
from consent.audience import Audience, audiences_in
from consent.emergency import Emergency
from consent.emergency_visiting import visit
from consent.naming import names_of
from policies.act import Act
from policies.catalogue import catalogue
from policies.decision import Decision
from policies.facts import Confidentiality, label_of_room
from rooms import change_store, news_store, store
from rooms.plan import words_as_html
from rooms.section import Section
from server.directory import store as directory
from server.directory.member import Member
from server.kernel.database import Tx, writing
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode, PersonId, RoomId, SectionId

_NOBODY = Audience()


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One part of a plan as one reader sees it.

    `html` is safe as it stands and empty while nobody has written. `about`, `topics` and
    `origins` are in words. `audience` are those of whom this reader may learn; it is
    worked out where she may write. `since` is up to which change she had read it (0: never)
    when others have changed it since; None if they have not.
    """

    section: Section
    html: str
    may_edit: bool
    may_assign: bool
    about: tuple[str, ...]
    topics: tuple[str, ...]
    origins: tuple[str, ...]
    is_restricted: bool
    audience: Audience
    since: int | None = None


async def read_plan(who: Member, room: RoomId, *, is_shown: bool = True) -> list[ShownPart]:
    """Return the parts of the plan that `who` may see, in the order of the plan.

    They count as read by her from now on, unless the page only says that there are some.

    Raises:
        Refused: `who` has no place in the room.
    """
    async with writing() as tx, gate.looking(tx, who, room) as look:
        await look.require(Act.VIEW_ROOM, label_of_room(room))
        sections = await store.list_section_labels(tx, room)
        labels = await look.sift(Act.OPEN_SECTION, [one.label for one in sections])
        open_things = {label.thing for label in labels}
        open_ones = [one for one in sections if one.id in open_things]
        since = await _note_read(tx, who, open_ones) if is_shown else {}
        return await _shown(tx, look, open_ones, since)


async def read_part(who: Member, room: RoomId, section_id: SectionId) -> ShownPart:
    """Return one part of the plan, which counts as read by `who` from now on.

    Raises:
        Refused: `who` may not see it, or there is no such part in this room.
    """
    async with writing() as tx, gate.looking(tx, who, room) as look:
        section, _ = await _ask(tx, look, Act.OPEN_SECTION, section_id)
        since = await _note_read(tx, who, [section])
        return (await _shown(tx, look, [section], since))[0]


async def parts_in_emergency(who: Member, emergency: UUID) -> tuple[Emergency, list[ShownPart]]:
    """Return an emergency access that is open, and the parts of the plan that it opens.

    The parts come without their words: each is opened, and recorded, by itself.

    Raises:
        Refused: it is somebody else's, is not open, or there is no such one.
    """
    async with writing() as tx:
        found = await visit(tx, who, emergency)
        sections = await store.list_section_labels(tx, found.room)
        labels = await gate.sift(tx, who, Act.LIST_SECTIONS, [one.label for one in sections])
        open_things = {label.thing for label in labels}
        names = await names_of(tx, {person for one in labels for person in one.subjects})
        agencies = await _agencies(tx)
        return found, [
            _part(one, html="", may_edit=False, may_assign=False, names=names, agencies=agencies)
            for one in sections
            if one.id in open_things
        ]


async def read_in_emergency(
    who: Member, emergency: UUID, section_id: SectionId
) -> tuple[Emergency, ShownPart]:
    """Return one part of the plan with its words, by an emergency access that is open.

    Raises:
        Refused: as `parts_in_emergency`, or it does not open this part.

    Rule: ADR-0014: every read is an entry of its own.
    """
    async with writing() as tx:
        found = await visit(tx, who, emergency)
        async with gate.looking(tx, who, found.room) as look:
            section, _ = await _ask(tx, look, Act.OPEN_SECTION, section_id)
            return found, (await _shown(tx, look, [section]))[0]


async def who_can_see(
    who: Member, room: RoomId, section_id: SectionId
) -> tuple[ShownPart, gate.Explanation, Audience]:
    """Return a part, why `who` may see it, and who else may, as far as she may learn.

    The part comes without its words: nothing of them is opened here.

    Raises:
        Refused: `who` may not see it, or there is no such part in this room.
    """
    async with writing() as tx, gate.looking(tx, who, room) as look:
        section, why = await _ask(tx, look, Act.EXPLAIN_ACCESS, section_id)
        agencies = await _agencies(tx)
        (audience,) = await audiences_in(look, [section.label], agencies)
        names = await names_of(tx, section.label.subjects)
        shown = _part(
            section,
            html="",
            may_edit=False,
            may_assign=False,
            names=names,
            agencies=agencies,
            audience=audience,
        )
        return shown, gate.explained(why), audience


async def _ask(
    tx: Tx, look: gate.Look, act: Act, section_id: SectionId
) -> tuple[Section, Decision]:
    found, label = await store.find_labelled(tx, look.room, section_id)
    decision = await look.require(act, label)
    if found is None:
        raise NotFound
    return found, decision


async def _note_read(tx: Tx, who: Member, sections: Sequence[Section]) -> dict[SectionId, int]:
    """Note that a member has these sections, as they stand, before her.

    Returns:
        Up to which change she had read those that others have changed since.
    """
    upto = {one.id: one.seq for one in sections}
    known = await news_store.read_upto(tx, who.id, upto)
    later = {one: seq for one, seq in upto.items() if known.get(one, -1) < seq}
    if not later:
        return {}
    before = {one: known.get(one, 0) for one in later}
    # What somebody else made and she never saw is new to her, whoever wrote in it since.
    new = {one.id for one in sections if one.id not in known and one.made_by != who.id}
    asked = {one: seq for one, seq in before.items() if one not in new}
    changed = new | await news_store.changed_by_others(tx, who.id, asked)
    await news_store.note_read(tx, who.id, later)
    return {one: seq for one, seq in before.items() if one in changed}


async def _shown(
    tx: Tx,
    look: gate.Look,
    sections: Sequence[Section],
    since: Mapping[SectionId, int] = MappingProxyType({}),
) -> list[ShownPart]:
    labels = [one.label for one in sections]
    held = await look.capability(labels)
    words = await change_store.load_words(tx, [one.id for one in sections])
    names = await names_of(tx, {person for one in labels for person in one.subjects})
    agencies = await _agencies(tx)
    editable = [one.label for one in sections if held.allows(Act.EDIT_SECTION, one.id)]
    audiences = await audiences_in(look, editable, agencies)
    by_id = {one.thing: audience for one, audience in zip(editable, audiences, strict=True)}
    return [
        _part(
            section,
            html=words_as_html(words[section.id].updates()),
            names=names,
            agencies=agencies,
            may_edit=section.id in by_id,
            may_assign=held.allows(Act.ASSIGN_ACTION, section.id),
            audience=by_id.get(section.id, _NOBODY),
            since=since.get(section.id),
        )
        for section in sections
    ]


async def _agencies(tx: Tx) -> dict[AgencyCode, str]:
    return {agency.code: agency.name for agency in await directory.list_agencies(tx)}


def _part(
    section: Section,
    *,
    html: str,
    names: Mapping[PersonId, str],
    agencies: Mapping[AgencyCode, str],
    may_edit: bool,
    may_assign: bool,
    audience: Audience = _NOBODY,
    since: int | None = None,
) -> ShownPart:
    label, words = section.label, catalogue().categories
    return ShownPart(
        section=section,
        html=html,
        may_edit=may_edit,
        may_assign=may_assign,
        about=tuple(sorted(names[person] for person in label.subjects if person in names)),
        topics=tuple(sorted(words[category] for category in label.categories)),
        origins=tuple(sorted(agencies.get(code, code) for code in label.origins)),
        is_restricted=label.confidentiality is Confidentiality.RESTRICTED,
        audience=audience,
        since=since,
    )
