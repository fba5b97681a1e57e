"""The form 'Decide about sharing' between page and operation: as typed, as told, read back."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from consent.deciding import Gain, purposes_offered
from consent.decision_form import (
    ASKED,
    BASES,
    CRIMINAL,
    GROUNDS,
    HOW_OUTSIDE,
    SPECIAL,
    TOLD,
    DecisionForm,
    Way,
)
from consent.sharing_decision import LegalGround, Named
from consent.showing_decisions import DecisionChoices
from policies.catalogue import catalogue
from server.kernel.errors import Invalid
from server.kernel.ids import AgencyCode, MemberId, PersonId, new_id, read_id
from web.days import read_day, typed_day
from web.forms import Form
from web.room_frame import day_words

WAYS: Mapping[str, str] = {
    Way.HERE: "Share something of this room with people who have a place in it",
    Way.OUTSIDE: "It was shared outside this system, by phone, by secure mail or in person",
    Way.NOT: "Do not share",
}
DUTY: Mapping[str, str] = {"yes": "Yes", "no": "No"}
MANY = ("subjects", "things", "to", "categories")
ONE = (
    "decision", "way", "what", "outside_to", "outside_how", "purpose", "legal_ground",
    "lawful_basis", "condition", "criminal_condition", "duty", "detriment", "why", "proportion",
    "asked_as", "asked", "told_as", "told", "advice", "limits",
    "last_day-day", "last_day-month", "last_day-year",
)  # fmt: skip


def told_in(form: Form) -> tuple[DecisionForm, dict[str, str]]:
    """Return the form as the operation takes it, and what of it is no day of the calendar.

    Raises:
        NotFound: an id in it is no id.
    """
    last_day, faults = _last_day(form)
    told = DecisionForm(
        id=read_id(form.text("decision")),
        way=form.text("way"),
        subjects=frozenset(PersonId(read_id(one)) for one in form.all("subjects")),
        categories=frozenset(form.all("categories")),
        what=form.text("what"),
        things=frozenset(read_id(one) for one in form.all("things")),
        recipients=frozenset(_named(one) for one in form.all("to")),
        outside_to=form.text("outside_to"),
        outside_how=form.text("outside_how"),
        purpose=form.text("purpose"),
        legal_ground=form.text("legal_ground"),
        lawful_basis=form.text("lawful_basis"),
        condition=form.text("condition"),
        criminal_condition=form.text("criminal_condition"),
        duty={"yes": True, "no": False}.get(form.text("duty")),
        detriment=form.text("detriment"),
        why=form.text("why"),
        proportion=form.text("proportion"),
        asked_as=form.text("asked_as"),
        asked=form.text("asked"),
        told_as=form.text("told_as"),
        told=form.text("told"),
        advice=form.text("advice"),
        limits=form.text("limits"),
        last_day=last_day,
    )
    return told, faults


def _last_day(form: Form) -> tuple[date | None, dict[str, str]]:
    """Read the day on which it ends, which is asked where something is shared here."""
    if form.text("way") != Way.HERE:
        return None, {}
    day = typed_day(form, "last_day")
    try:
        return read_day([day[part] for part in ("day", "month", "year")]), {}
    except Invalid as wrong:
        return None, {"last_day": wrong.faults["day"]}


def _named(typed: str) -> Named:
    """Read a recipient: an organisation, or one person of it behind a colon."""
    agency, _, member = typed.partition(":")
    return Named(AgencyCode(agency), MemberId(read_id(member)) if member else None)


def typed_decision(form: Form, offered: DecisionChoices) -> dict[str, Any]:
    """Return what was typed, to stand in the fields again; first what led here, if anything."""
    typed: dict[str, Any] = {name: form.text(name) for name in ONE}
    typed.update({name: form.all(name) for name in MANY})
    if not form.values:
        typed.update(what=offered.what, why=offered.why)
    typed["decision"] = typed["decision"] or new_id().hex
    typed["last_day"] = typed_day(form, "last_day")
    return typed


def carried(form: Form) -> Iterator[tuple[str, str]]:
    """Return every field of the form, to be sent again with the next press."""
    for name in ONE:
        if form.text(name):
            yield name, form.text(name)
    for name in MANY:
        for value in form.all(name):
            yield name, value


def linked(faults: Mapping[str, str]) -> dict[str, str]:
    """Return faults under the ids of the fields that they are about."""
    ids = {"last_day": "last_day-day", "recipients": "to"}
    return {ids.get(name, name): fault for name, fault in faults.items()}


def offers(offered: DecisionChoices) -> dict[str, Any]:
    """Return what the form offers, as its template takes it."""
    recipients = [
        {
            "code": agency,
            "name": offered.agencies.get(agency, str(agency)),
            "members": [
                {"value": f"{agency}:{one.id.hex}", "words": f"{one.name}, {one.role_title}"}
                for one in members
            ],
        }
        for agency, members in offered.recipients.items()
    ]
    return {
        "agency": offered.agency,
        "ways": {str(way): words for way, words in WAYS.items()},
        "people": {one.hex: name for one, name in offered.people.items()},
        "things": {one.hex: title for one, title in offered.things.items()},
        "recipients": recipients,
        "categories": catalogue().categories,
        "purposes": purposes_offered(),
        "grounds": {
            str(code): words
            for code, words in GROUNDS.items()
            if not (offered.no_duty and code is LegalGround.S16LA_DUTY)
        },
        "no_duty": offered.no_duty,
        "bases": {str(code): words for code, words in BASES.items()},
        "special": SPECIAL,
        "criminal": CRIMINAL,
        "duty": {"no": DUTY["no"]} if offered.no_duty else DUTY,
        "asked": ASKED,
        "told": TOLD,
        "outside_how": HOW_OUTSIDE,
    }


def read_back(
    told: DecisionForm, offered: DecisionChoices, gains: tuple[Gain, ...]
) -> dict[str, Any]:
    """Return in words what is about to be recorded: each question with its answer."""
    words = catalogue()
    things = sorted(offered.things[one] for one in told.things if one in offered.things)
    topics = sorted(words.categories[one] for one in told.categories)
    is_here = told.way == Way.HERE
    until = day_words(told.last_day) if told.last_day and is_here else ""
    answers = (
        ("What was decided", WAYS.get(told.way, "")),
        ("About", ", ".join(sorted(offered.people[one] for one in told.subjects))),
        ("What is shared", ", ".join(things) if is_here else ""),
        ("Sort of information", "" if is_here else ", ".join(topics)),
        ("What exactly", told.what),
        ("From", offered.agency),
        ("With", told.outside_to if told.way == Way.OUTSIDE else ""),
        ("How", HOW_OUTSIDE.get(told.outside_how, "") if told.way == Way.OUTSIDE else ""),
        ("What for", words.purposes.get(told.purpose, "")),
        ("Why", told.why),
        ("Legal ground", {str(one): said for one, said in GROUNDS.items()}.get(told.legal_ground)),
        ("Lawful basis", {str(one): said for one, said in BASES.items()}.get(told.lawful_basis)),
        ("Condition for special category information", SPECIAL.get(told.condition)),
        ("Condition for information about crime", CRIMINAL.get(told.criminal_condition)),
        ("Does the duty to share apply?", {True: "Yes", False: "No", None: ""}[told.duty]),
        ("Which would be worse for the child", told.detriment),
        ("Why this much and no more", told.proportion),
        ("Were they asked?", " ".join((ASKED[told.asked_as] + ".", told.asked)).strip()),
        ("Was the family told?", " ".join((TOLD[told.told_as] + ".", told.told)).strip()),
        ("Advice taken", told.advice),
        ("Whose name is kept out", told.limits),
        ("Holds until the end of", until),
    )
    return {
        "answers": [{"name": name, "words": said} for name, said in answers if said],
        "is_here": is_here,
        "gains": [
            {"who": one.who, "agency": one.agency, "things": list(one.things)} for one in gains
        ],
    }
