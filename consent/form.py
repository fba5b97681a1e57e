"""The form 'Record agreement': what it asks, what is wrong with it, and the answers it becomes.

Pure. Nothing is answered beforehand: what was not asked becomes no answer, and no answer is no.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from consent.consent import Capacity, Choice, Consent, ConsentLine, ConsentState
from consent.family import ADULT_AT, DECIDES_ALONE_AT, Family, Person, adult_at, age_on, is_adult
from consent.rule_form import RuleForm
from policies.catalogue import catalogue
from server.directory.agency import FAMILY
from server.directory.member import Practitioner
from server.kernel.clock import london_day, london_instant
from server.kernel.ids import AgencyCode, ConsentId, MemberId, PersonId

PURPOSES = ("plan", "deliver", "review")
LONGEST_WORDS = 4000
LONGEST_NAME = 200
LONGEST_REVIEW = timedelta(days=366)
EXPLAINED = ("privacy_notice", "sharing_without_asking", "no_is_fine", "change_your_mind")
MUST_EXPLAIN = ("privacy_notice", "sharing_without_asking", "no_is_fine")
HOW = ("in_person", "phone", "signed_paper", "own_page")


@dataclass(frozen=True, slots=True)
class TopicAnswer:
    """The answer to one topic towards one organisation.

    With `members` a yes is for those practitioners alone; with `people`, which only the family
    itself has, for those of the family by name.
    """

    choice: Choice
    members: frozenset[MemberId] = frozenset()
    people: frozenset[PersonId] = frozenset()


@dataclass(frozen=True, slots=True)
class ConsentForm:
    """What one person agreed, or did not, as the form says it.

    `engaged` is whether she agrees to the help at all; None means that nothing was chosen.
    `answers` are by topic and organisation. `explained` and `how` are codes of `EXPLAINED` and
    `HOW`; `given_at` an instant; `competence` who judged that a young person can decide, and how.
    `rules` are what `own_words` keep from somebody, as it was read back.
    `replaces` is the version of hers that stood when the form was filled in (0: none); None means
    that nobody looked.
    """

    giver: PersonId | None
    capacity: Capacity | None
    subjects: frozenset[PersonId]
    engaged: bool | None
    answers: Mapping[tuple[str, AgencyCode], TopicAnswer]
    explained: frozenset[str]
    how: str
    given_at: datetime | None
    review_on: date | None
    interpreter: str = ""
    witness: str = ""
    competence: str = ""
    own_words: str = ""
    purposes: tuple[str, ...] = PURPOSES
    rules: tuple[RuleForm, ...] = ()
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the form is checked against: the family, the organisations, practitioners named."""

    family: Family
    agencies: frozenset[AgencyCode]
    practitioners: Mapping[MemberId, Practitioner]
    at: datetime


def find_faults(form: ConsentForm, known: Known) -> dict[str, str]:
    """Return a sentence for each field at fault, in the order of the form."""
    faults: dict[str, str] = {}
    for field, fault in (
        *_faults_of_giver(form, known),
        *_faults_of_telling(form, known),
        *_faults_of_answers(form, known),
    ):
        faults.setdefault(field, fault)
    return faults


_Fault = tuple[str, str]


def _faults_of_giver(form: ConsentForm, known: Known) -> Iterator[_Fault]:
    giver = known.family.find(form.giver) if form.giver else None
    if giver is None:
        yield "giver", "Choose who agreed or said no"
        return
    if form.capacity is None:
        yield "capacity", "Choose as what they answered"
        return
    if not form.subjects:
        yield "subjects", "Choose about whom they answered"
    today = london_day(known.at)
    yield from _faults_of_capacity(form, giver, today)
    for subject in sorted(form.subjects):
        person = known.family.find(subject)
        if person is None:
            yield "subjects", "Choose people of this family"
        elif subject != giver.id and (
            is_adult(person, today) or not _may_answer(form.capacity, known.family, giver, person)
        ):
            yield "subjects", f"{giver.name} cannot answer for {person.name}"


def _faults_of_capacity(form: ConsentForm, giver: Person, today: date) -> Iterator[_Fault]:
    """Yield what is wrong with the capacity in which the giver answered.

    Rule: Family Law Reform Act 1969 s.8 for 16 and 17; Gillick for under 16: whether she can
    decide is judged for this decision, with who judged it and how, and never by age alone.
    """
    age = age_on(giver.born, today) if giver.born else None
    match form.capacity:
        case Capacity.CHILD_COMPETENT_UNDER_16:
            if age is None or age >= DECIDES_ALONE_AT:
                yield "capacity", f"{giver.name} is not recorded as under 16"
            if not form.competence.strip():
                yield "competence", "Write who judged that they can decide this, and how"
        case Capacity.YOUNG_PERSON_16_17:
            if age is None or not DECIDES_ALONE_AT <= age < ADULT_AT:
                yield "capacity", f"{giver.name} is not recorded as 16 or 17"
        case Capacity.ADULT_FOR_SELF:
            if age is not None and age < ADULT_AT:
                yield "capacity", f"{giver.name} is recorded as under 18"
        case _:
            # A mother may be a child herself: then her own answer about herself is judged too.
            is_young = age is not None and age < DECIDES_ALONE_AT
            if is_young and giver.id in form.subjects and not form.competence.strip():
                yield "competence", "Write who judged that they can decide this, and how"


def _may_answer(capacity: Capacity | None, family: Family, giver: Person, child: Person) -> bool:
    return capacity is Capacity.PARENT_WITH_PR and family.answers_for(giver.id, child.id)


def _faults_of_telling(form: ConsentForm, known: Known) -> Iterator[_Fault]:
    if form.engaged is None:
        yield "engaged", "Choose yes or no"
    if form.engaged and not set(MUST_EXPLAIN) <= form.explained:
        yield "explained", "Explain each of these before you record a yes"
    if not form.explained <= set(EXPLAINED):
        yield "explained", "Choose from the list"
    if form.how not in HOW:
        yield "how", "Choose how they told you"
    if form.given_at is None:
        yield "given_at", "Enter the day on which they told you"
    elif form.given_at > known.at:
        yield "given_at", "Enter a day that is not in the future"
    yield from _faults_of_review(form)
    for field, words, most in (
        ("interpreter", form.interpreter, LONGEST_NAME),
        ("witness", form.witness, LONGEST_NAME),
        ("competence", form.competence, LONGEST_WORDS),
        ("own_words", form.own_words, LONGEST_WORDS),
    ):
        if len(words) > most:
            yield field, f"Use {most} letters or fewer"


def _faults_of_review(form: ConsentForm) -> Iterator[_Fault]:
    if form.review_on is None:
        yield "review_on", "Enter the day on which to ask again"
        return
    if form.given_at is None:
        return
    given = london_day(form.given_at)
    if form.review_on <= given:
        yield "review_on", "Enter a day after they told you"
    elif form.review_on > given + LONGEST_REVIEW:
        yield "review_on", "Enter a day within a year"


def _faults_of_answers(form: ConsentForm, known: Known) -> Iterator[_Fault]:
    topics = {topic.code for topic in catalogue().topics}
    if not form.purposes or not set(form.purposes) <= set(catalogue().place_purposes):
        yield "purposes", "Choose what it is for"
    for (topic, agency), answer in form.answers.items():
        field = f"answers-{topic}-{agency}"
        if topic not in topics or agency not in known.agencies | {FAMILY}:
            yield "answers", "Choose topics and organisations from the form"
        elif answer.choice is Choice.YES and not form.engaged:
            yield field, "This is a yes, but the answer to the help itself is no"
        elif not _names_are_right(agency, answer, known):
            yield field, "Choose people of this organisation"


def _names_are_right(agency: AgencyCode, answer: TopicAnswer, known: Known) -> bool:
    if agency == FAMILY:
        # Towards the family a yes is by name only: there is no yes to 'the family'.
        named = bool(answer.people) or answer.choice is not Choice.YES
        return (
            named
            and not answer.members
            and all(known.family.find(one) is not None for one in answer.people)
        )
    return not answer.people and all(
        one in known.practitioners and known.practitioners[one].agency == agency
        for one in answer.members
    )


def state_of(form: ConsentForm) -> ConsentState:
    """Return the state in which the form leaves what was agreed."""
    if not form.engaged:
        return ConsentState.REFUSED
    open_topics = {topic for (topic, _), one in form.answers.items() if one.choice is Choice.YES}
    every = all(one.choice is Choice.YES and not one.members for one in form.answers.values())
    return ConsentState.GIVEN if every and open_topics else ConsentState.PARTLY_GIVEN


def end_of(review_on: date) -> datetime:
    """Return the instant at which a yes lapses: the end of its review day, in London."""
    return london_instant(review_on + timedelta(days=1))


def answers_in(
    form: ConsentForm, known: Known, *, consent: ConsentId, version: int
) -> list[ConsentLine]:
    """Return the answers of a form without faults, one for each category, person and purpose."""
    lines: list[ConsentLine] = []
    for subject in sorted(form.subjects):
        for (topic, agency), answer in form.answers.items():
            for member, person, choice in _spread(agency, answer):
                lines += [
                    _line(
                        form,
                        known,
                        of=(consent, version),
                        subject=subject,
                        towards=(agency, member, person),
                        about=(category, purpose),
                        choice=choice,
                    )
                    for category in _categories(topic)
                    for purpose in form.purposes
                ]
    return lines


def _categories(topic: str) -> tuple[str, ...]:
    return next(one.categories for one in catalogue().topics if one.code == topic)


_Towards = tuple[MemberId | None, PersonId | None, Choice]


def _spread(agency: AgencyCode, answer: TopicAnswer) -> Iterator[_Towards]:
    """Yield towards whom an answer is: the organisation, or some of it by name and no other."""
    by_name: list[_Towards] = [(one, None, answer.choice) for one in sorted(answer.members)]
    by_name += [(None, one, answer.choice) for one in sorted(answer.people)]
    yield from by_name
    if agency != FAMILY:
        yield (None, None, Choice.NO if by_name else answer.choice)


def _line(
    form: ConsentForm,
    known: Known,
    *,
    of: tuple[ConsentId, int],
    subject: PersonId,
    towards: tuple[AgencyCode, MemberId | None, PersonId | None],
    about: tuple[str, str],
    choice: Choice,
) -> ConsentLine:
    if form.giver is None or form.capacity is None or form.review_on is None:
        message = "a form with faults becomes no answers"
        raise ValueError(message)
    own = subject == form.giver and form.capacity is Capacity.PARENT_WITH_PR
    return ConsentLine(
        consent=of[0],
        version=of[1],
        giver=form.giver,
        capacity=Capacity.ADULT_FOR_SELF if own else form.capacity,
        subject=subject,
        agency=towards[0],
        member=towards[1],
        person=towards[2],
        category=about[0],
        purpose=about[1],
        choice=choice,
        given_at=form.given_at or known.at,
        until=end_of_answer(form.review_on, known.family.find(subject), own=subject == form.giver),
    )


def end_of_answer(review_on: date, subject: Person | None, *, own: bool) -> datetime:
    """Return when an answer ends: on review, or, given for a child, when the child is 18."""
    if own or subject is None or subject.born is None:
        return end_of(review_on)
    return min(end_of(review_on), adult_at(subject.born))


def closing_lines(
    standing: Iterable[ConsentLine], given: Iterable[ConsentLine], *, of: Consent
) -> list[ConsentLine]:
    """Return a no for each earlier answer about the same people to what is not answered anew.

    A new form is the whole of what somebody says about those it is about: what it leaves out
    is not agreed any more. A no to the help itself closes what she said of anybody.
    """
    answered = {line.key for line in given}
    return [
        withdrawn(line, version=of.version, at=of.given_at)
        for line in standing
        if (line.subject in of.subjects or not of.engaged)
        and line.choice is not Choice.NO
        and line.key not in answered
    ]


def withdrawn(line: ConsentLine, *, version: int, at: datetime) -> ConsentLine:
    """Return the no that takes an answer back."""
    return ConsentLine(
        consent=line.consent,
        version=version,
        giver=line.giver,
        capacity=line.capacity,
        subject=line.subject,
        agency=line.agency,
        member=line.member,
        person=line.person,
        category=line.category,
        purpose=line.purpose,
        choice=Choice.NO,
        given_at=at,
        until=line.until,
    )
