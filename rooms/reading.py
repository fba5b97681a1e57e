"""Reading a plan: the parts somebody may know of, their words, and who else sees each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consent import gate
from consent.audience import Audience, audience_of, audiences_of
from consent.naming import names_of
from policies.act import Act
from policies.catalogue import catalogue
from policies.facts import Confidentiality, label_of_room
from rooms import change_store, store
from rooms.plan import words_as_html
from rooms.section import Section
from server.directory import store as directory
from server.directory.member import Member
from server.kernel.database import Tx, writing
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode, PersonId, RoomId, SectionId


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One part of a plan as one reader sees it.

    `html` is safe as it stands and empty while nobody has written. `about`, `topics` and
    `origins` are in words. `audience` are those of whom this reader may learn; it is
    worked out where she may write.
    """

    section: Section
    html: str
    may_edit: bool
    about: tuple[str, ...]
    topics: tuple[str, ...]
    origins: tuple[str, ...]
    is_restricted: bool
    audience: Audience


async def read_plan(who: Member, room: RoomId) -> list[ShownPart]:
    """Return the parts of the plan that `who` may see, in the order of the plan.

    Raises:
        Refused: `who` has no place in the room.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_ROOM, label_of_room(room))
        return await _shown(tx, who, room, await store.list_section_labels(tx, room))


async def read_part(who: Member, room: RoomId, section_id: SectionId) -> ShownPart:
    """Return one part of the plan.

    Raises:
        Refused: `who` may not see it, or there is no such part in this room.
    """
    async with writing() as tx:
        section = await _ask(tx, who, Act.OPEN_SECTION, room, section_id)
        return (await _shown(tx, who, room, [section]))[0]


async def who_can_see(
    who: Member, room: RoomId, section_id: SectionId
) -> tuple[ShownPart, gate.Explanation, Audience]:
    """Return a part, why `who` may see it, and who else may, as far as she may learn.

    Raises:
        Refused: `who` may not see it, or there is no such part in this room.
    """
    async with writing() as tx:
        section = await _ask(tx, who, Act.EXPLAIN_ACCESS, room, section_id)
        shown = (await _shown(tx, who, room, [section]))[0]
        explained = await gate.explain(tx, who, Act.OPEN_SECTION, section.label)
        return shown, explained, await audience_of(tx, who, section.label)


async def _ask(tx: Tx, who: Member, act: Act, room: RoomId, section_id: SectionId) -> Section:
    found, label = await store.find_labelled(tx, room, section_id)
    await gate.require(tx, who, act, label)
    if found is None:
        raise NotFound
    return found


async def _shown(tx: Tx, who: Member, room: RoomId, sections: Sequence[Section]) -> list[ShownPart]:
    labels = await gate.sift(tx, who, Act.OPEN_SECTION, [one.label for one in sections])
    open_things = {label.thing for label in labels}
    open_sections = [one for one in sections if one.id in open_things]
    held = await gate.capability(tx, who, room, labels)
    words = await change_store.load_words(tx, [one.id for one in open_sections])
    names = await names_of(tx, {person for one in labels for person in one.subjects})
    agencies = {agency.code: agency.name for agency in await directory.list_agencies(tx)}
    editable = [one for one in open_sections if held.allows(Act.EDIT_SECTION, one.id)]
    audiences = await audiences_of(tx, who, [one.label for one in editable])
    by_id = {one.id: audience for one, audience in zip(editable, audiences, strict=True)}
    return [
        _part(
            section,
            html=words_as_html(words[section.id].updates()),
            names=names,
            agencies=agencies,
            audience=by_id.get(section.id),
        )
        for section in open_sections
    ]


def _part(
    section: Section,
    *,
    html: str,
    names: Mapping[PersonId, str],
    agencies: Mapping[AgencyCode, str],
    audience: Audience | None,
) -> ShownPart:
    label, words = section.label, catalogue().categories
    return ShownPart(
        section=section,
        html=html,
        may_edit=audience is not None,
        about=tuple(sorted(names[person] for person in label.subjects if person in names)),
        topics=tuple(sorted(words[category] for category in label.categories)),
        origins=tuple(sorted(agencies.get(code, code) for code in label.origins)),
        is_restricted=label.confidentiality is Confidentiality.RESTRICTED,
        audience=audience or Audience(),
    )
