"""The form 'Record agreement' as it is typed, step by step, without script.

Everything typed is carried from step to step and given back as it was. Nothing is ticked
beforehand, and what was not answered is no answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from consent.consent import Capacity, Choice
from consent.form import ConsentForm, TopicAnswer
from consent.viewing import FormChoices
from server.directory.agency import FAMILY
from server.kernel import clock
from server.kernel.errors import Invalid, NotFound
from server.kernel.ids import AgencyCode, MemberId, PersonId, read_id
from web.days import PARTS, REAL_DAY, read_day
from web.forms import Form
from web.rule_fields import TypedRules

WHO, ANSWERS, TELLING, RULES, BACK = "who", "answers", "telling", "rules", "back"
STEPS = (WHO, ANSWERS, TELLING, RULES, BACK)
SOME = "some"
CHOICES = {
    "yes": "Yes",
    SOME: "Only some people there",
    "ask_me": "Ask me first",
    "no": "No",
}
ONE_OF = ("giver", "capacity", "engaged", "how")
TWO = "More than one answer came in. Choose one"
NO_AND_YES = (
    "They said no to the help, but some topics below are answered with more than a no. Choose yes,"
    " or take the answers away"
)
NO_ANSWER = "nothing is chosen"
UNTICK = "Choose ‘Only some people there’, or untick them"
WHO_FIELDS = ("giver", "capacity", "competence", "engaged", "drop")
TELLING_FIELDS = ("own_words", "keeps", "how", "interpreter", "witness")
LISTS = {WHO: ("subjects", "explained", "organisations")}
DAYS = ("given_at", "review_on")
FIELDS_OF_STEP: Mapping[str, tuple[str, ...]] = {
    WHO: ("giver", "capacity", "competence", "subjects", "explained", "engaged", "organisations"),
    ANSWERS: ("answers", "family", "purposes"),
    TELLING: ("own_words", "keeps", "how", "given_at", "interpreter", "witness", "review_on"),
    RULES: ("rule",),
}
NOON = 12


@dataclass(frozen=True, slots=True)
class TypedAgreement:
    """What was typed so far, over the choices that the form offers."""

    form: Form
    offered: FormChoices

    @property
    def organisations(self) -> dict[AgencyCode, str]:
        """Return the organisations that were asked about, by code."""
        chosen = set(self.form.all("organisations"))
        return {code: name for code, name in self.offered.agencies.items() if code in chosen}

    @property
    def relatives(self) -> dict[str, str]:
        """Return everybody of the family but the one who answers, by id."""
        giver = self.form.text("giver")
        return {one.id.hex: one.name for one in self.offered.people if one.id.hex != giver}

    @property
    def says_yes(self) -> bool:
        """Whether the answer to the help itself is yes."""
        return self.form.text("engaged") == "yes"

    @property
    def keeps_something(self) -> bool:
        """Whether the words keep something from somebody, and so become rules."""
        return self.form.text("keeps") == "yes"

    @property
    def rules(self) -> TypedRules:
        """Return the rules that the words mean."""
        return TypedRules(self.form)

    @property
    def steps(self) -> tuple[str, ...]:
        """Return the steps that this form has."""
        return tuple(one for one in STEPS if one != RULES or self.keeps_something)

    @property
    def is_for_same_giver(self) -> bool:
        """Whether the version to be replaced was looked up for the one who is chosen now."""
        return self.form.text("replaces_of") == self.form.text("giver")

    def told(self) -> ConsentForm:
        """Return it as the operation takes it; what cannot be read is left out."""
        capacity = self.form.text("capacity")
        engaged = self.form.text("engaged")
        replaces = self.form.text("replaces")
        return ConsentForm(
            giver=_person(self.form.text("giver")),
            capacity=Capacity(capacity) if capacity in set(Capacity) else None,
            subjects=_people(self.form.all("subjects")),
            engaged=engaged == "yes" if engaged in {"yes", "no"} else None,
            answers=dict(self._answers()) if self.says_yes else {},
            explained=frozenset(self.form.all("explained")),
            how=self.form.text("how"),
            given_at=_instant_on(self._day("given_at")),
            review_on=self._day("review_on"),
            interpreter=self.form.text("interpreter"),
            witness=self.form.text("witness"),
            competence=self.form.text("competence"),
            own_words=self.form.text("own_words"),
            rules=self.rules.rules() if self.keeps_something else (),
            replaces=int(replaces) if self.is_for_same_giver and _is_number(replaces) else None,
        )

    def own_faults(self) -> dict[str, str]:
        """Return what is wrong with the form as typed, before anybody is asked about it."""
        faults: dict[str, str] = {}
        if self.says_yes and not self.organisations:
            faults["organisations"] = "Choose the organisations you asked about"
        for field in DAYS:
            if self._day(field) is None and any(self._parts(field)):
                faults[field] = REAL_DAY
        if self.keeps_something and not self.rules.rules():
            faults["rule-1-who"] = "Choose whom the words name"
        faults |= {name: TWO for name in ONE_OF if self._says_two(name)}
        if self.form.text("engaged") == "no" and self.form.text("drop") != "yes" and self.is_open:
            faults["engaged"] = NO_AND_YES
        return faults | (dict(self._contradictions()) if self.says_yes else {})

    @property
    def is_open(self) -> bool:
        """Whether any topic was answered with more than a no."""
        return any(
            self.form.text(f"answers-{topic}-{agency}") in {Choice.YES, Choice.ASK_ME, SOME}
            for topic in self.offered.topics
            for agency in self.organisations
        )

    def _contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield each answer that says two things at once, at its field."""
        for topic, words in self.offered.topics.items():
            for agency, name in self.organisations.items():
                field = f"{topic}-{agency}"
                answer = f"answers-{field}"
                said = self.form.text(answer)
                if self._says_two(answer):
                    yield answer, f"{words}: more than one answer for {name}. Choose one"
                elif said == SOME and not self._named(field):
                    yield answer, f"{words}: choose who of {name}"
                elif said != SOME and self._named(field):
                    chosen = f"the answer is ‘{CHOICES[said]}’" if said in CHOICES else NO_ANSWER
                    yield answer, f"{words}: people of {name} are ticked, but {chosen}. {UNTICK}"

    def _says_two(self, name: str) -> bool:
        return len(set(self.form.all(name))) > 1

    def fields(self, *, but: str) -> Iterator[tuple[str, str]]:
        """Yield everything typed as fields to carry on, but for those of one step."""
        steps = {
            WHO: self._fields_of_who,
            ANSWERS: self._fields_of_answers,
            TELLING: self._fields_of_telling,
            RULES: self.rules.fields,
        }
        for step, fields in steps.items():
            if step != but:
                yield from fields()

    def text(self, name: str) -> str:
        """Return a field as it was typed."""
        return self.form.text(name)

    def chosen(self, name: str) -> list[str]:
        """Return what was ticked."""
        return self.form.all(name)

    def _fields_of_who(self) -> Iterator[tuple[str, str]]:
        yield from ((name, self.form.text(name)) for name in WHO_FIELDS)
        for name in LISTS[WHO]:
            yield from ((name, value) for value in self.form.all(name))

    def _fields_of_answers(self) -> Iterator[tuple[str, str]]:
        for topic in self.offered.topics:
            for agency in self.organisations:
                for kind in ("answers", "names"):
                    name = f"{kind}-{topic}-{agency}"
                    yield from ((name, value) for value in self.form.all(name))
            yield from ((f"family-{topic}", value) for value in self.form.all(f"family-{topic}"))

    def _fields_of_telling(self) -> Iterator[tuple[str, str]]:
        yield from ((name, self.form.text(name)) for name in TELLING_FIELDS)
        for field in DAYS:
            yield from ((f"{field}-{part}", self.form.text(f"{field}-{part}")) for part in PARTS)

    def _answers(self) -> Iterator[tuple[tuple[str, AgencyCode], TopicAnswer]]:
        for topic in self.offered.topics:
            for agency in self.organisations:
                said = self.form.text(f"answers-{topic}-{agency}")
                named = self._named(f"{topic}-{agency}")
                if said == SOME and named:
                    yield (topic, agency), TopicAnswer(Choice.YES, members=named)
                elif said in set(Choice):
                    yield (topic, agency), TopicAnswer(Choice(said))
            relatives = self.relatives
            people = [one for one in self.form.all(f"family-{topic}") if one in relatives]
            if people:
                yield (topic, FAMILY), TopicAnswer(Choice.YES, people=_people(people))

    def _named(self, field: str) -> frozenset[MemberId]:
        found = (_id(one) for one in self.form.all(f"names-{field}"))
        return frozenset(MemberId(one) for one in found if one is not None)

    def _parts(self, field: str) -> list[str]:
        return [self.form.text(f"{field}-{part}") for part in PARTS]

    def _day(self, field: str) -> date | None:
        try:
            return read_day(self._parts(field))
        except Invalid:
            return None


def step_of(field: str) -> str:
    """Return the step in which a field stands."""
    first = field.partition("-")[0]
    return next((step for step, fields in FIELDS_OF_STEP.items() if first in fields), WHO)


def linked(faults: Mapping[str, str]) -> dict[str, str]:
    """Return faults named by the field they lead to: of a day, its first."""
    return {f"{name}-day" if name in DAYS else name: each for name, each in faults.items()}


def _instant_on(day: date | None) -> datetime | None:
    """Return an instant of the day they told; of today it is now, as no hour was asked."""
    if day is None:
        return None
    return clock.now() if day == clock.today() else clock.london_instant(day, NOON)


def _person(text: str) -> PersonId | None:
    found = _id(text)
    return PersonId(found) if found else None


def _people(texts: list[str]) -> frozenset[PersonId]:
    return frozenset(PersonId(found) for text in texts if (found := _id(text)) is not None)


def _id(text: str) -> UUID | None:
    try:
        return read_id(text)
    except NotFound:
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(10**6))
