"""What a family agreed: who answered for whom, about what, towards whom. Pure, no I/O.

A family's agreement is a safeguard and a matter of trust; it is not the lawful basis of
ordinary sharing, which stands in the clause of the sharing agreement.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

from server.kernel.ids import AgencyCode, ConsentId, MemberId, PersonId, RoomId


class Choice(StrEnum):
    """One answer. `ask_me` is not a yes: nothing is shared until the person was asked."""

    YES = "yes"
    NO = "no"
    ASK_ME = "ask_me"


class Capacity(StrEnum):
    """As what somebody answered."""

    PARENT_WITH_PR = "parent_with_pr"
    YOUNG_PERSON_16_17 = "young_person_16_17"
    CHILD_COMPETENT_UNDER_16 = "child_competent_under_16"
    ADULT_FOR_SELF = "adult_for_self"


class ConsentState(StrEnum):
    """Where a recorded agreement stands; `lapsed` is told from its review date."""

    GIVEN = "given"
    PARTLY_GIVEN = "partly_given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Consent:
    """One version of what one person agreed in one room; a later one replaces it.

    No version is ever changed.
    """

    id: ConsentId
    version: int
    room: RoomId
    giver: PersonId
    capacity: Capacity
    subjects: frozenset[PersonId]
    engaged: bool
    state: ConsentState
    explained: tuple[str, ...]
    how: str
    given_at: datetime
    until: datetime
    review_on: date
    recorder: MemberId
    recorded_at: datetime
    interpreter: str = ""
    witness: str = ""
    competence: str = ""
    own_words: str = ""
    supersedes: int | None = None

    def state_at(self, instant: datetime) -> ConsentState:
        """Return where it stands at an instant: a yes lapses at the end of its review day."""
        stood = self.state in {ConsentState.GIVEN, ConsentState.PARTLY_GIVEN}
        return ConsentState.LAPSED if stood and instant >= self.until else self.state


def speaks(state: str, *, engaged: bool) -> bool:
    """Say whether a giver speaks for her subjects in the room: she said yes to the help once.

    Rule: ADR-0008: to refuse or withdraw carries no penalty, so that stopping some sharing since
    then takes nothing of her own children's from her.
    """
    return engaged and state != ConsentState.REFUSED


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One answer of one giver, about one subject, for one category and one purpose.

    It is towards one organisation or one named person of it: `member` names a practitioner,
    `person` somebody of the family; with neither it is for the whole organisation.
    """

    consent: ConsentId
    version: int
    giver: PersonId
    capacity: Capacity
    subject: PersonId
    agency: AgencyCode
    category: str
    purpose: str
    choice: Choice
    given_at: datetime
    until: datetime
    member: MemberId | None = None
    person: PersonId | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """Return what was asked: a newer version of the giver's answers it anew, as a whole.

        Who was named in an answer is part of it, so that a yes for all of an organisation is no
        longer held back by a no that somebody of it once got by name.
        """
        return (self.giver, self.subject, self.agency, self.category, self.purpose)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom something would be shown to."""

    member: MemberId
    agency: AgencyCode
    person: PersonId | None = None


def live_lines(lines: Iterable[ConsentLine]) -> list[ConsentLine]:
    """Return the newest answer to each question, with every line of it; the lapsed among them."""
    newest: dict[tuple[object, ...], list[ConsentLine]] = {}
    for line in lines:
        held = newest.get(line.key)
        if held is None or line.version > held[0].version:
            newest[line.key] = [line]
        elif line.version == held[0].version:
            held.append(line)
    return [line for held in newest.values() for line in held]


def agreed_with(lines: Iterable[ConsentLine]) -> frozenset[AgencyCode]:
    """Return the organisations that the newest answers say yes to, in anything."""
    return frozenset(line.agency for line in live_lines(lines) if line.choice is Choice.YES)


@dataclass(frozen=True, slots=True)
class Cover:
    """What a yes rests on, and when the first of it ends."""

    consents: frozenset[tuple[ConsentId, int]]
    giver: PersonId
    given_at: datetime
    until: datetime


About = tuple[PersonId, str, str]
"""A subject, a category and a purpose."""

Answers = Mapping[About, Mapping[PersonId, tuple[ConsentLine, ...]]]
"""The newest answers of a room, by what they are about and who gave them."""


Given = tuple[PersonId, tuple[ConsentLine, ...], ConsentLine]
"""A giver, all she answered to one question, and the yes among it that lets something out."""


MOST_RECIPIENTS = 100
"""For how many recipients what a room's answers let out is kept; more than sit in one room."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """All live answers of a room, ready to be asked about one subject, category and purpose."""

    at: datetime
    by_about: Answers = field(default_factory=dict)
    _until: datetime = field(init=False, repr=False, compare=False)
    _towards: dict[Recipient, "Towards"] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _out_of: dict[tuple[PersonId, str, str, AgencyCode], tuple["Given", ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Find when the first of these answers ends."""
        held = (lines for givers in self.by_about.values() for lines in givers.values())
        ends = (line.until for lines in held for line in lines if line.until > self.at)
        object.__setattr__(self, "_until", min(ends, default=datetime.max.replace(tzinfo=UTC)))

    def holds_at(self, at: datetime) -> bool:
        """Say whether these answers let out at that instant just what they do at their own."""
        return self.at <= at < self._until

    def towards(self, to: Recipient) -> "Towards":
        """Return the same as asked for one recipient, who is asked about more than once."""
        found = self._towards.get(to)
        if found is None:
            if len(self._towards) >= MOST_RECIPIENTS:
                self._towards.clear()
            found = self._towards[to] = Towards(self, to)
        return found

    def covering(
        self, subject: PersonId, category: str, purpose: str, *, origin: AgencyCode, to: Recipient
    ) -> Cover | None:
        """Return the yes that lets this of `subject` go from `origin` to the recipient.

        Rule: ADR-0008: both the recipient and the origin need the same giver's yes. Of several
        givers one yes is enough, whatever another says: one parent's no undoes neither the
        other's yes nor the young person's. What somebody answered about herself comes before
        what anybody else answered about her.
        """
        for giver, lines, giving in self._given(subject, category, purpose, origin):
            receiving = answer_to(lines, to)
            if receiving is not None and self._says_yes(receiving):
                return Cover(
                    consents=frozenset({(one.consent, one.version) for one in (receiving, giving)}),
                    giver=giver,
                    given_at=max(receiving.given_at, giving.given_at),
                    until=min(receiving.until, giving.until),
                )
        return None

    def _given(
        self, subject: PersonId, category: str, purpose: str, origin: AgencyCode
    ) -> tuple["Given", ...]:
        """Return each giver whose yes lets this go out of `origin`, whoever would get it."""
        key = (subject, category, purpose, origin)
        found = self._out_of.get(key)
        if found is None:
            givers = self.by_about.get((subject, category, purpose), {})
            asked = {subject: givers[subject]} if subject in givers else givers
            found = self._out_of[key] = tuple(
                (giver, lines, giving)
                for giver, lines in asked.items()
                if (giving := _answer_from(lines, origin, self.at)) is not None
                and self._says_yes(giving)
            )
        return found

    def _says_yes(self, line: ConsentLine) -> bool:
        return line.choice is Choice.YES and self.at < line.until


class Towards:
    """What was agreed towards one recipient: each question is answered once and kept.

    It lives as long as the answers it was made of: until one is added, or one ends.
    """

    __slots__ = ("_agreed", "_kept", "_to")

    def __init__(self, agreed: Agreed, to: Recipient) -> None:
        """Stand on answers that do not change."""
        self._agreed = agreed
        self._to = to
        self._kept: dict[tuple[object, ...], tuple[tuple[str, Cover], ...]] = {}

    def covering(
        self, subject: PersonId, category: str, origin: AgencyCode, purposes: tuple[str, ...]
    ) -> tuple[tuple[str, Cover], ...]:
        """Return each of these purposes for which a yes lets this of `subject` go to her."""
        key = (subject, category, origin, purposes)
        try:
            return self._kept[key]
        except KeyError:
            answers = (
                (one, self._agreed.covering(subject, category, one, origin=origin, to=self._to))
                for one in purposes
            )
            found = tuple((purpose, cover) for purpose, cover in answers if cover is not None)
            self._kept[key] = found
            return found


def answers_among(lines: Iterable[ConsentLine]) -> Answers:
    """Return the newest answers, ready to be asked."""
    by_about: dict[About, dict[PersonId, list[ConsentLine]]] = {}
    for line in live_lines(lines):
        about = (line.subject, line.category, line.purpose)
        by_about.setdefault(about, {}).setdefault(line.giver, []).append(line)
    return {
        about: {giver: tuple(held) for giver, held in givers.items()}
        for about, givers in by_about.items()
    }


def answer_to(lines: Iterable[ConsentLine], to: Recipient) -> ConsentLine | None:
    """Return the answer that holds for a recipient: her own name comes before her organisation.

    For somebody of the family there is no organisation: only her own name counts.
    """
    of_agency: ConsentLine | None = None
    for line in lines:
        if line.member is None and line.person is None:
            if line.agency == to.agency:
                of_agency = line
        elif line.member == to.member or (line.person is not None and line.person == to.person):
            return line
    return of_agency if to.person is None else None


def _answer_from(
    lines: Iterable[ConsentLine], origin: AgencyCode, at: datetime
) -> ConsentLine | None:
    """Return the answer that holds for where something comes from.

    A yes to anybody of the organisation by name is one too: what she may be told she may also
    have told.
    """
    of_origin = [line for line in lines if line.agency == origin]
    yes = [line for line in of_origin if line.choice is Choice.YES and at < line.until]
    by_width = sorted(yes or of_origin, key=lambda line: line.member is not None)
    return by_width[0] if by_width else None
