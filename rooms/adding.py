"""Adding a part to a plan: its readers are shown before it is saved."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from consent import bell, gate
from consent.audience import Audience, audience_of
from consent.family import Person
from consent.naming import people_of
from policies.act import Act
from policies.catalogue import catalogue
from policies.facts import Confidentiality, Label, label_of_room
from rooms import store
from rooms.room import Place
from rooms.section import FIRST_WORDS_LENGTH, HEADING_LENGTH, Heading
from rooms.viewing import places_in
from server.directory.member import Member, Practitioner
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid, Refused
from server.kernel.ids import MemberId, PersonId, RoomId, SectionId, id_of_form

CHILDS_WORDS = "child_voice"


@dataclass(frozen=True, slots=True)
class NewPart:
    """What the form says. `id` is the form's own: sending it twice adds one part.

    `named` are the named persons; with `restricted` nobody else sees it, own colleagues and the
    family too. `shown_to` are members of the family to whom it is shown on purpose.
    """

    id: UUID
    under: str
    heading: str
    about: frozenset[PersonId]
    categories: frozenset[str]
    words: str = ""
    named: frozenset[MemberId] = frozenset()
    restricted: bool = False
    shown_to: frozenset[MemberId] = frozenset()


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers: whom a part can be about, and whom it can be kept to by name."""

    people: tuple[Person, ...]
    places: tuple[Place, ...]


async def choices_for_part(who: Member, room: RoomId) -> Choices:
    """Return what a new part can be about and for.

    Raises:
        Refused: `who` has no place in the room as a practitioner.
    """
    async with writing() as tx:
        return await _choices(tx, who, room)


async def preview_part(who: Member, room: RoomId, part: NewPart) -> Audience:
    """Return who would see the part, as far as `who` may learn, without adding it.

    Raises:
        Refused: `who` may not add such a part.
        Invalid: a field is missing or wrong.
    """
    async with writing() as tx:
        label = await _checked(tx, who, room, part)
        await gate.require(tx, who, Act.PREPARE_SECTION, label)
        return await audience_of(tx, who, label)


async def add_part(who: Member, room: RoomId, part: NewPart) -> SectionId:
    """Add the part to the plan; those who may see it learn of it at once.

    Raises:
        Refused: `who` may not add such a part.
        Invalid: a field is missing or wrong.
        Conflict: the form added a part to another room already.
    """
    try:
        return await _add(who, room, part)
    except IntegrityError:
        # The same form came twice at once, and the other one was first.
        return await _add(who, room, part)


async def _add(who: Member, room: RoomId, part: NewPart) -> SectionId:
    async with writing() as tx:
        label = await _checked(tx, who, room, part)
        section = SectionId(label.thing)
        sent_before = (await store.find_sections(tx, [section])).get(section)
        if sent_before is not None and (sent_before.made_by, sent_before.room) == (who.id, room):
            # The same form came twice: what the first one added stands, and nothing is added.
            await gate.require(tx, who, Act.LIST_SECTIONS, sent_before.label)
            return section
        await gate.require(tx, who, Act.CREATE_SECTION, label)
        if sent_before is not None:
            raise Conflict
        await store.add_section(
            tx,
            room,
            part.heading.strip(),
            label,
            part.words.split("\n"),
            by=who.id,
            under=Heading(part.under),
        )
        bell.ring(tx, label, bell.What.SECTIONS)
        return section


async def _choices(tx: Tx, who: Member, room: RoomId) -> Choices:
    await gate.require(tx, who, Act.VIEW_FAMILY, label_of_room(room))
    if not isinstance(who, Practitioner):
        raise Refused
    people = await people_of(tx, who, room)
    return Choices(tuple(people), tuple(await places_in(tx, who, room)))


async def _checked(tx: Tx, who: Member, room: RoomId, part: NewPart) -> Label:
    choices = await _choices(tx, who, room)
    found = {
        "under": "Choose where in the plan it stands" if part.under not in set(Heading) else None,
        "heading": _fault_of_heading(part.heading),
        "about": "Choose whom it is about"
        if not part.about or not part.about <= {person.id for person in choices.people}
        else None,
        "categories": "Choose what it is about"
        if not part.categories or not part.categories <= set(catalogue().categories)
        else None,
        "words": f"Write {FIRST_WORDS_LENGTH:,} characters or fewer; you can go on after saving"
        if len(part.words) > FIRST_WORDS_LENGTH
        else None,
        "named": "Choose people who have a place in this room"
        if not (part.named | part.shown_to) <= {place.member for place in choices.places}
        else None,
    }
    faults = {field: fault for field, fault in found.items() if fault}
    if faults:
        raise Invalid(faults)
    return Label(
        thing=id_of_form(who.id, part.id),
        room=room,
        categories=part.categories,
        origins=frozenset({who.agency}),
        subjects=part.about,
        confidentiality=Confidentiality.RESTRICTED if part.restricted else Confidentiality.NORMAL,
        # Who keeps a part to named persons is one of them.
        named=part.named | {who.id} if part.named or part.restricted else frozenset(),
        shown_to=part.shown_to,
        author=who.id,
    )


def _fault_of_heading(heading: str) -> str | None:
    if not heading.strip():
        return "Give it a heading"
    if len(heading.strip()) > HEADING_LENGTH:
        return f"Make the heading {HEADING_LENGTH} characters or shorter"
    return None
