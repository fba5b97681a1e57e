"""Rules out of somebody's own words as they are typed, one block of fields for each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from consent.family import Person
from consent.protection import RuleSort
from consent.rule_form import MOST_RULES, RuleForm
from consent.ruling import ReadBack
from server.directory.member import Practitioner
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode, MemberId, PersonId, read_id
from web.forms import Form

MORE = "more"
EVERYTHING = "everything"
SORTS: Mapping[str, str] = {
    RuleSort.NEVER: "They never see it",
    RuleSort.ONLY: "Only they see it, and nobody else",
}


class Offered(Protocol):
    """Whom and what a rule can name."""

    @property
    def people(self) -> tuple[Person, ...]:
        """Return the people of the family."""
        ...

    @property
    def topics(self) -> Mapping[str, str]:
        """Return the topics with their words."""
        ...

    @property
    def agencies(self) -> Mapping[AgencyCode, str]:
        """Return the organisations with their names."""
        ...

    @property
    def practitioners(self) -> Mapping[AgencyCode, tuple[Practitioner, ...]]:
        """Return who works there."""
        ...


@dataclass(frozen=True, slots=True)
class TypedRules:
    """The blocks of a form, as typed."""

    form: Form

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Return each block as its template takes it; one more than typed where one was asked."""
        asked = self.form.text("go") == MORE
        return [
            {
                "number": number,
                "sort": self.form.text(f"rule-{number}-sort"),
                "who": self.form.all(f"rule-{number}-who"),
                "topics": self.form.all(f"rule-{number}-topics"),
            }
            for number in range(1, min(max(self._last, 1) + asked, MOST_RULES) + 1)
        ]

    def rules(self) -> tuple[RuleForm, ...]:
        """Return them as the operation takes them, without empty blocks at the end."""
        return tuple(self._rule(number) for number in range(1, self._last + 1))

    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield everything typed in them, to be carried on."""
        for number in range(1, self._last + 1):
            for name in _names(number):
                yield from ((name, value) for value in self.form.all(name))

    @property
    def _last(self) -> int:
        typed = (
            number
            for number in range(1, MOST_RULES + 1)
            if any(self.form.all(name) for name in _names(number))
        )
        return max(typed, default=0)

    def _rule(self, number: int) -> RuleForm:
        who = self.form.all(f"rule-{number}-who")
        topics = frozenset(self.form.all(f"rule-{number}-topics"))
        return RuleForm(
            sort=self.form.text(f"rule-{number}-sort"),
            members=frozenset(MemberId(one) for one in _ids(who, "m")),
            people=frozenset(PersonId(one) for one in _ids(who, "p")),
            agencies=frozenset(AgencyCode(one[2:]) for one in who if one.startswith("a:")),
            topics=topics - {EVERYTHING},
            everything=EVERYTHING in topics,
        )


def typed_as(rule: ReadBack, offered: Offered) -> dict[str, Sequence[str]]:
    """Return a rule that stands as the fields of a first block, to be written anew."""
    people = {one.name: f"p:{one.id.hex}" for one in offered.people}
    members = {
        one.name: f"m:{one.id.hex}" for each in offered.practitioners.values() for one in each
    }
    agencies = {name: f"a:{code}" for code, name in offered.agencies.items()}
    named = {**agencies, **members, **people}
    topics = [code for code, words in offered.topics.items() if words in rule.topics]
    return {
        "rule-1-sort": [rule.sort.value],
        "rule-1-who": [named[one] for one in rule.names if one in named],
        "rule-1-topics": topics or [EVERYTHING],
    }


def rule_choices(offered: Offered) -> dict[str, Any]:
    """Return what the blocks offer, as their template takes it."""
    return {
        "sorts": SORTS,
        "rule_people": [{"value": f"p:{one.id.hex}", "words": one.name} for one in offered.people],
        "rule_agencies": [
            {
                "value": f"a:{code}",
                "words": name,
                "members": [
                    {"value": f"m:{one.id.hex}", "words": f"{one.name}, {one.role_title}"}
                    for one in offered.practitioners.get(code, ())
                ],
            }
            for code, name in offered.agencies.items()
        ],
        "rule_topics": {EVERYTHING: "Everything", **offered.topics},
        "most_rules": MOST_RULES,
    }


def _names(number: int) -> tuple[str, ...]:
    return tuple(f"rule-{number}-{part}" for part in ("sort", "who", "topics"))


def _ids(values: Sequence[str], sort: str) -> Iterator[Any]:
    for value in values:
        if value.startswith(f"{sort}:"):
            try:
                yield read_id(value[2:])
            except NotFound:
                # No id names nobody: the operation says that nobody was chosen.
                continue
