"""What the family agreed, as it is shown: per person, topic by organisation, with its history.

The lead sees all of it; a member of the team what is said about sharing with her own
organisation; somebody of the family her own answers, and nobody else's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from consent import gate, naming
from consent.consent import Capacity, Choice, Consent, ConsentLine, ConsentState, live_lines
from consent.differing import differences
from consent.family import Person
from consent.form import EXPLAINED, HOW, MUST_EXPLAIN
from consent.giving import ask_as_lead
from consent.naming import family_of
from consent.store import consents
from policies.act import Act
from policies.catalogue import catalogue
from policies.facts import Kind, label_of_room
from server.directory import store as directory
from server.directory.agency import FAMILY
from server.directory.member import FamilyMember, Member, Practitioner
from server.directory.team import Role, TeamState
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.ids import AgencyCode, ConsentId, MemberId, PersonId, RoomId


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One answer of the table: the choice, and by name for whom, where it is not for all."""

    choice: Choice | None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """One version in the history."""

    version: int
    state: ConsentState
    given_on: date
    how: str
    own_words: str


@dataclass(frozen=True, slots=True)
class ShownConsent:
    """What one person agreed. `table` gives topic, then organisation, then the answer.

    `subjects` and `giver` are names; topics and organisations are words; `explained` and `how`
    are codes of the form. Whom an answer names is a name, or to the family what they are.
    `unsigned` are organisations to whom a yes has no effect, as they have signed no agreement.
    """

    id: ConsentId
    giver_id: PersonId
    giver: str
    capacity: Capacity
    subjects: tuple[str, ...]
    state: ConsentState
    given_on: date
    review_on: date
    how: str
    explained: tuple[str, ...]
    interpreter: str
    witness: str
    own_words: str
    topics: Mapping[str, str]
    agencies: Mapping[AgencyCode, str]
    table: Mapping[str, Mapping[AgencyCode, ShownAnswer]]
    history: tuple[ShownVersion, ...]
    unsigned: tuple[str, ...] = ()

    def open_pairs(self) -> list[tuple[str, AgencyCode]]:
        """Return each topic and organisation for which something is agreed, to be stopped."""
        return [
            (topic, agency)
            for topic, row in self.table.items()
            for agency, answer in row.items()
            if answer.choice is Choice.YES
        ]


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """That parents answered differently about a child: who said yes and who did not, by name."""

    child: str
    topic: str
    agency: str
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormChoices:
    """What the form 'Record agreement' offers; each code or id with its words.

    `waits` says that the room waits for its first yes.
    """

    waits: bool
    people: tuple[Person, ...]
    topics: Mapping[str, str]
    agencies: Mapping[AgencyCode, str]
    practitioners: Mapping[AgencyCode, tuple[Practitioner, ...]]
    explained: tuple[str, ...]
    must_explain: tuple[str, ...]
    how: tuple[str, ...]
    capacities: tuple[Capacity, ...]


async def view_agreement(who: Member, room: RoomId) -> list[ShownConsent]:
    """Return what was agreed in a room, as far as it is hers to see; an empty list if nothing.

    Raises:
        Refused: she has no place in the room.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_CONSENT, label_of_room(room, Kind.CONSENT))
        return await _shown(tx, who, room)


async def list_differences(who: Member, room: RoomId) -> list[ShownDifference]:
    """Return where parents answered differently about a child, to the lead alone.

    Raises:
        Refused: `who` does not lead the room.

    Rule: Children Act 1989 s.2(7): each parent may act alone; nobody wins in silence.
    """
    async with writing() as tx:
        await ask_as_lead(tx, who, room)
        lines = await consents.lines_of_room(tx, room)
        words = await words_for(tx, who, room, lines, to_family=False)
        topics = {topic.code: topic.words for topic in catalogue().topics}
        return [
            ShownDifference(
                child=words.people.get(one.subject, ""),
                topic=topics[one.topic],
                agency=words.agencies.get(one.agency, one.agency),
                yes=tuple(name for each, name in words.people.items() if each in one.yes),
                no=tuple(name for each, name in words.people.items() if each in one.no),
            )
            for one in differences(lines, tx.at)
        ]


async def list_stoppable(who: Member, room: RoomId) -> list[ShownConsent]:
    """Return what `who` may stop: somebody of the family her own yes, the lead everybody's.

    Raises:
        Refused: she is neither of the family nor the lead.
    """
    async with writing() as tx:
        if isinstance(who, FamilyMember):
            await gate.require(tx, who, Act.VIEW_CONSENT, label_of_room(room, Kind.CONSENT))
        else:
            await ask_as_lead(tx, who, room)
        return [one for one in await _shown(tx, who, room) if one.open_pairs()]


async def _shown(tx: Tx, who: Member, room: RoomId) -> list[ShownConsent]:
    seat = await directory.find_seat(tx, room, who.id)
    is_lead = seat is not None and seat.role is Role.LEAD_PROFESSIONAL
    by_giver: dict[PersonId, list[Consent]] = {}
    for version in await consents.list_versions(tx, room):
        by_giver.setdefault(version.giver, []).append(version)
    lines = live_lines(await consents.lines_of_room(tx, room))
    words = await words_for(tx, who, room, lines, to_family=isinstance(who, FamilyMember))
    shown: list[ShownConsent] = []
    for giver, versions in by_giver.items():
        given = [line for line in lines if line.giver == giver]
        if isinstance(who, FamilyMember):
            if who.person != giver:
                continue
        elif not is_lead:
            given = [line for line in given if line.agency == who.agency]
            if not any(line.choice is Choice.YES for line in given):
                continue
            about_hers = show(_versions_about(versions, given), given, words, tx.at)
            shown.append(_for_team(about_hers, given))
            continue
        shown.append(show(versions, given, words, tx.at))
    return shown


def _versions_about(versions: Sequence[Consent], given: Iterable[ConsentLine]) -> list[Consent]:
    """Return the versions up to the last that changed these answers.

    Threat T-13: what was stopped for others since then shows in no date.
    """
    newest = max(line.version for line in given)
    return [one for one in versions if one.version <= newest]


async def prepare_form(who: Member, room: RoomId) -> FormChoices:
    """Return what the form offers: nothing in it is chosen beforehand.

    Raises:
        Refused: `who` does not lead the room.
    """
    async with writing() as tx:
        await ask_as_lead(tx, who, room)
        team = await directory.get_team(tx, room)
        named = await naming.choices_in(tx, room)
        return FormChoices(
            waits=team.state is TeamState.PROPOSED,
            people=named.people,
            topics=named.topics,
            agencies=named.agencies,
            practitioners=named.practitioners,
            explained=EXPLAINED,
            must_explain=MUST_EXPLAIN,
            how=HOW,
            capacities=tuple(Capacity),
        )


@dataclass(frozen=True, slots=True)
class Words:
    """Names of whoever stands in the answers."""

    people: Mapping[PersonId, str]
    members: Mapping[MemberId, str]
    agencies: Mapping[AgencyCode, str]
    unsigned: frozenset[AgencyCode]


async def words_for(
    tx: Tx, who: Member, room: RoomId, lines: Iterable[ConsentLine], *, to_family: bool
) -> Words:
    """Return the names of whoever stands in these answers, as their reader may have them."""
    named = {line.member for line in lines if line.member is not None}
    members = await directory.find_members(tx, named) if named else {}
    agencies = {agency.code: agency.name for agency in await directory.list_agencies(tx)}
    book = await gate.book_for(tx, who, ())
    return Words(
        people={person.id: person.name for person in (await family_of(tx, room)).people},
        members={each: _called(member, to_family=to_family) for each, member in members.items()},
        agencies={**agencies, FAMILY: "The family"},
        unsigned=frozenset(one for one in agencies if not book.is_party(one)),
    )


def _called(named: Member, *, to_family: bool) -> str:
    """Return what somebody is called: to the family staff are what they are, not a name."""
    if to_family and isinstance(named, Practitioner):
        return named.role_title
    return named.name


def show(
    versions: Sequence[Consent], lines: Sequence[ConsentLine], words: Words, at: datetime
) -> ShownConsent:
    """Return the newest of these versions, with the answers that stood in it."""
    newest = versions[-1]
    agencies = {
        line.agency: words.agencies.get(line.agency, line.agency)
        for line in sorted(lines, key=lambda line: line.agency)
    }
    table = {
        topic.code: row
        for topic in catalogue().topics
        if (row := _row(lines, topic.categories, tuple(agencies), words))
    }
    return ShownConsent(
        id=newest.id,
        giver_id=newest.giver,
        giver=words.people.get(newest.giver, ""),
        capacity=newest.capacity,
        subjects=tuple(name for person, name in words.people.items() if person in newest.subjects),
        state=newest.state_at(at),
        given_on=london_day(newest.given_at),
        review_on=newest.review_on,
        how=newest.how,
        explained=newest.explained,
        interpreter=newest.interpreter,
        witness=newest.witness,
        own_words=newest.own_words,
        topics={topic.code: topic.words for topic in catalogue().topics if topic.code in table},
        agencies=agencies,
        table=table,
        history=tuple(
            ShownVersion(
                version=one.version,
                state=one.state,
                given_on=london_day(one.given_at),
                how=one.how,
                own_words=one.own_words,
            )
            for one in reversed(versions)
        ),
        unsigned=tuple(
            sorted(
                agencies[one]
                for one in words.unsigned.intersection(agencies)
                if any(one in row and row[one].choice is Choice.YES for row in table.values())
            )
        ),
    )


def _row(
    lines: Sequence[ConsentLine],
    categories: tuple[str, ...],
    agencies: tuple[AgencyCode, ...],
    words: Words,
) -> dict[AgencyCode, ShownAnswer]:
    about = [line for line in lines if line.category in categories]
    return {
        agency: _answer([line for line in about if line.agency == agency], words)
        for agency in agencies
        if any(line.agency == agency for line in about)
    }


def _answer(lines: Sequence[ConsentLine], words: Words) -> ShownAnswer:
    """Return one answer in words: a yes by name says for whom; a no by name says nothing more."""
    by_name = {
        _name(line, words)
        for line in lines
        if line.choice is Choice.YES and (line.member is not None or line.person is not None)
    }
    for_all = {line.choice for line in lines if line.member is None and line.person is None}
    if by_name and Choice.YES not in for_all:
        return ShownAnswer(Choice.YES, tuple(sorted(by_name)))
    for choice in (Choice.YES, Choice.ASK_ME):
        if choice in for_all or any(line.choice is choice for line in lines):
            return ShownAnswer(choice)
    return ShownAnswer(Choice.NO)


def _name(line: ConsentLine, words: Words) -> str:
    if line.member is not None:
        return words.members.get(line.member, "")
    return words.people.get(line.person, "") if line.person else ""


def _for_team(shown: ShownConsent, given: Iterable[ConsentLine]) -> ShownConsent:
    """Leave out what the team needs not: her own words, who helped, what stood before.

    Whether all or part was agreed is said of what is shown, and of nobody else's.
    """
    state = shown.state
    if state is not ConsentState.LAPSED:
        is_all = all(line.choice is Choice.YES for line in given)
        state = ConsentState.GIVEN if is_all else ConsentState.PARTLY_GIVEN
    return replace(shown, state=state, own_words="", interpreter="", witness="", history=())
