"""What was agreed, in plain words: topic by topic who may know of it, and the same as a table."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from consent.confirming import ShownStop, ToConfirm
from consent.consent import Choice, ConsentState
from consent.form import PURPOSES
from consent.viewing import ShownAnswer, ShownConsent
from policies.catalogue import catalogue
from server.directory.agency import FAMILY
from server.kernel.clock import london_day
from server.kernel.ids import AgencyCode
from web.agreement_form import SOME, TypedAgreement
from web.language import N_, _, and_before, gettext
from web.room_frame import day_words
from web.spoken_words import (
    capacity_words,
    explained_words,
    how_words,
    plain,
    practitioner_words,
)

STATES = {
    ConsentState.GIVEN: (N_("Agreed"), "govuk-tag--green"),
    ConsentState.PARTLY_GIVEN: (N_("Agreed in part"), "govuk-tag--green"),
    ConsentState.REFUSED: (N_("Said no"), "govuk-tag--red"),
    ConsentState.WITHDRAWN: (N_("Stopped"), "govuk-tag--red"),
    ConsentState.LAPSED: (N_("Over: ask again"), "govuk-tag--orange"),
}
NOT_ASKED = "Not asked"


def joined(words: Iterable[str]) -> str:
    """Return words as a sentence has them: `a`, `a and b`, `a, b and c`."""
    known = list(words)
    if len(known) <= 1:
        return "".join(known)
    *first, last = known
    return f"{', '.join(first)} {and_before(last)} {last}"


def purpose_words() -> str:
    """Return what everything is shared for, as one clause."""
    return joined(plain(catalogue().purposes[one]) for one in PURPOSES)


def shown_consent(consent: ShownConsent, *, to_family: bool = False) -> dict[str, Any]:
    """Return what one person agreed, as the page shows it.

    To the family whom an answer names is what they are, and no name.
    """
    state, colour = STATES[consent.state]
    agencies = _with_family(consent.agencies)
    return {
        "hex": consent.id.hex,
        "giver_hex": consent.giver_id.hex,
        "giver": consent.giver,
        "as_what": capacity_words(consent.capacity, "they"),
        "about": joined(consent.subjects),
        "state": gettext(state),
        "colour": colour,
        "given_on": day_words(consent.given_on),
        "review_on": day_words(consent.review_on),
        "is_over": consent.state is ConsentState.LAPSED,
        "how": how_words(consent.how),
        "explained": list(explained_words(consent.explained).values()),
        "interpreter": consent.interpreter,
        "witness": consent.witness,
        "own_words": consent.own_words,
        "agencies": list(agencies.values()),
        "topics": [
            _topic(plain(words), _called(consent.table[code], to_family=to_family), agencies)
            for code, words in consent.topics.items()
        ],
        "unsigned": joined(consent.unsigned),
        "may_stop": bool(consent.open_pairs()),
        "history": [
            {
                "state": gettext(STATES[one.state][0]),
                "given_on": day_words(one.given_on),
                "how": how_words(one.how),
                "own_words": one.own_words,
            }
            for one in consent.history
        ],
    }


def confirm_words(one: ToConfirm) -> dict[str, str]:
    """Return what an organisation is asked to confirm, as one line."""
    topics = joined(f"‘{words}’" for words in one.topics)
    return {
        "hex": one.room.hex,
        "reference": one.reference,
        "family_name": one.family_name,
        "words": (
            f"The family stopped sharing {topics} with {one.agency_name}"
            f" on {day_words(london_day(one.stopped_at))}."
            " Confirm that your organisation has stopped using it for new work."
        ),
    }


def stop_words(one: ShownStop) -> dict[str, str]:
    """Return what was stopped for one organisation, and whether it confirmed that it has."""
    return {
        "agency": one.agency_name,
        "topics": joined(plain(words) for words in one.topics),
        "on": day_words(london_day(one.stopped_at)),
        "confirmed_on": day_words(london_day(one.confirmed_at)) if one.confirmed_at else "",
    }


def read_back(typed: TypedAgreement) -> list[dict[str, Any]]:
    """Return what was answered, topic by topic, to be read to whoever answered."""
    answers = typed.told().answers
    people = {
        one.id: one.name for members in typed.offered.practitioners.values() for one in members
    }
    relatives = {one.id: one.name for one in typed.offered.people}
    topics = []
    for code, words in typed.offered.topics.items():
        row = {
            agency: ShownAnswer(
                answer.choice,
                tuple(
                    sorted(
                        [people[one] for one in answer.members if one in people]
                        + [relatives[one] for one in answer.people if one in relatives]
                    )
                ),
            )
            for (topic, agency), answer in answers.items()
            if topic == code
        }
        agencies = typed.organisations | {FAMILY: _("The family")}
        asked = {agency: row[agency] for agency in agencies if agency in row}
        left = [name for agency, name in typed.organisations.items() if agency not in row]
        topics.append({**_topic(words, asked, agencies), "not_asked": joined(left)})
    return topics


def _topic(
    words: str, row: Mapping[Any, ShownAnswer], agencies: Mapping[Any, str]
) -> dict[str, Any]:
    return {
        "words": words,
        "yes": [_who(row[one], name) for one, name in agencies.items() if _says(row, one, "yes")],
        "ask_me": [name for one, name in agencies.items() if _says(row, one, "ask_me")],
        "no": [name for one, name in agencies.items() if _says(row, one, "no")],
        "cells": [
            {"agency": name, **_cell(row.get(one, ShownAnswer(None)))}
            for one, name in agencies.items()
        ],
    }


def _with_family(agencies: Mapping[AgencyCode, str]) -> dict[AgencyCode, str]:
    return {code: _("The family") if code == FAMILY else name for code, name in agencies.items()}


def _called(
    row: Mapping[AgencyCode, ShownAnswer], *, to_family: bool
) -> Mapping[AgencyCode, ShownAnswer]:
    """Return the answers of a topic with those they name as this reader hears of them."""
    if not to_family:
        return row
    return {
        agency: replace(one, names=tuple(practitioner_words(title) for title in one.names))
        if agency != FAMILY
        else one
        for agency, one in row.items()
    }


def _says(row: Mapping[Any, ShownAnswer], agency: str, choice: str) -> bool:
    return agency in row and row[agency].choice == choice


def _who(answer: ShownAnswer, agency: str) -> str:
    if not answer.names:
        return agency
    return _("%(agency)s, only %(names)s", agency=agency, names=joined(answer.names))


def _cell(answer: ShownAnswer) -> dict[str, str]:
    if answer.choice is Choice.YES:
        names = f"only {joined(answer.names)}" if answer.names else ""
        return {"words": f"Yes, {names}" if names else "Yes", "sort": SOME if names else "yes"}
    if answer.choice is Choice.ASK_ME:
        return {"words": "Ask first", "sort": "ask_me"}
    if answer.choice is Choice.NO:
        return {"words": "No", "sort": "no"}
    return {"words": NOT_ASKED, "sort": "none"}
