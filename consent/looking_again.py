"""When what somebody agreed is to be looked at again, and why. Pure, no I/O.

A yes ends with its review day (ADR-0008). Six weeks before, or from a birthday that changes who
decides, it is due for review; it counts until it ends.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from consent.consent import Capacity, Consent, ConsentState
from consent.family import ADULT_AT, DECIDES_ALONE_AT, Family, age_on, birthday
from server.kernel.clock import london_day
from server.kernel.ids import PersonId

SOON = timedelta(days=42)
"""Six weeks, the span between two reviews, are time enough to sit down with a family again."""
REVIEW_IN = timedelta(days=182)
"""When to ask again, unless somebody says otherwise: half a year."""
AFFIRMED = frozenset({ConsentState.GIVEN, ConsentState.PARTLY_GIVEN})


class Why(StrEnum):
    """Why something agreed is to be looked at again."""

    REVIEW_DAY = "review_day"
    SIXTEEN = "sixteen"
    EIGHTEEN = "eighteen"


@dataclass(frozen=True, slots=True)
class Due:
    """What one person agreed is due for review since a day; `until` is the last day it counts.

    `asked` is who is to be asked: on a birthday whoever grew up, else the giver.
    """

    why: Why
    since: date
    until: date
    asked: PersonId


def due_on(
    consent: Consent, family: Family, day: date, *, answered: Mapping[PersonId, date]
) -> Due | None:
    """Return what makes this newest version due on a London day; the earliest, if several do.

    `answered` has the day of each giver's newest answer: who answered since she grew up is asked.

    Rule: ADR-0008 (a yes ends with its review day); Family Law Reform Act 1969 s.8 (at 16 a young
    person decides for herself); Children Act 1989 s.105 (at 18 nobody answers for her).
    """
    if consent.state not in AFFIRMED:
        return None
    found = [
        one
        for one in _dues(consent, family)
        if one.since <= day
        and (one.why is Why.REVIEW_DAY or answered.get(one.asked, date.min) < one.since)
    ]
    return min(found, key=lambda one: (one.since, one.why), default=None)


def _dues(consent: Consent, family: Family) -> Iterator[Due]:
    last = consent.review_on
    given = london_day(consent.given_at)
    for subject in sorted(consent.subjects):
        person = family.find(subject)
        if person is None or person.born is None:
            continue
        for age, why in ((DECIDES_ALONE_AT, Why.SIXTEEN), (ADULT_AT, Why.EIGHTEEN)):
            grown = birthday(person.born, age)
            if given < grown <= last:
                ends = grown - timedelta(days=1)
                is_over = why is Why.EIGHTEEN and subject != consent.giver
                yield Due(why, grown, ends if is_over else last, subject)
    yield Due(Why.REVIEW_DAY, last - SOON, last, consent.giver)


def capacity_on(consent: Consent, family: Family, day: date) -> Capacity | None:
    """Return as what the giver would say the same again; None if somebody must judge it anew.

    Rule: Gillick v West Norfolk [1986] AC 112: whether somebody under 16 can decide is judged for
    each decision, by somebody who speaks with her.
    """
    giver = family.find(consent.giver)
    if giver is None or giver.born is None:
        # Whose birth is unknown counts as a grown-up's.
        is_grown = consent.capacity in {Capacity.PARENT_WITH_PR, Capacity.ADULT_FOR_SELF}
        return consent.capacity if is_grown else None
    age = age_on(giver.born, day)
    if consent.capacity is Capacity.PARENT_WITH_PR and age >= DECIDES_ALONE_AT:
        return consent.capacity
    if age >= ADULT_AT:
        return Capacity.ADULT_FOR_SELF
    return Capacity.YOUNG_PERSON_16_17 if age >= DECIDES_ALONE_AT else None
