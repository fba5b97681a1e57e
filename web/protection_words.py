"""What protects somebody, in plain words: rules read back, markers, conflicts, who set them."""

from collections.abc import Mapping
from typing import Any

from consent.protection import Conflict, MarkerKind, RuleSort
from consent.rule_wish import RuleWish, Wish
from consent.ruling import ReadBack
from consent.showing_protection import SetBy, ShownExclusion, ShownMarker, ShownRule, ToldVisitor
from server.kernel import clock
from server.kernel.clock import london_day
from web.agreement_words import joined
from web.room_frame import day_words

KINDS: Mapping[str, str] = {
    MarkerKind.CONFIDENTIAL_ADDRESS: "Their address is kept from somebody",
    MarkerKind.NO_CONTACT: "Somebody may have no contact with them",
    MarkerKind.RISK_TO_STAFF: "A danger to those who visit",
    MarkerKind.SAFE_CONTACT_METHOD: "A safe way to reach them",
}
WISHES: Mapping[str, str] = {Wish.CHANGE: "change", Wish.END: "end"}
CONFLICTS: Mapping[str, str] = {
    Conflict.RELATED: "Related to the family, or close to them",
    Conflict.OWN_FAMILY: "It is their own family",
    Conflict.SAME_ADDRESS: "They live at the same address, or next door",
    Conflict.OTHER: "Something else",
}


def sentence(rule: ReadBack) -> str:
    """Return a rule in the words in which it is read back."""
    names, about = joined(rule.names), joined(rule.about)
    topics = joined(f"‘{one}’" for one in rule.topics)
    if rule.sort is RuleSort.ONLY:
        what = f"{topics} about {about}" if topics else f"anything about {about}"
        return f"Only {names} may see {what}. Nobody else, in any form."
    what = f"Nothing of {topics} about {about}" if topics else f"Nothing about {about}"
    return f"{names}: never. {what} is shown to them: no list, number or message tells of it."


def shown_rule(one: ShownRule) -> dict[str, Any]:
    """Return a rule that stands, and what was asked about it, as the page shows it."""
    return {
        "hex": one.said.id.hex,
        "said_by": one.said.said_by,
        "words": one.said.words,
        "means": sentence(one.said),
        "wishes": [shown_wish(each) for each in one.wishes],
        **_set_words(one.set_by),
    }


def shown_wish(one: RuleWish) -> dict[str, Any]:
    """Return what somebody asked about a rule of hers, and the answer she got."""
    return {
        "hex": one.id.hex,
        "wish": WISHES[one.wish],
        "on": day_words(london_day(one.asked_at)),
        "words": one.words,
        "answer_by": day_words(one.answer_by),
        "is_late": one.answered_at is None and clock.today() > one.answer_by,
        "answered_on": day_words(london_day(one.answered_at)) if one.answered_at else "",
        "answer": one.answer,
    }


def shown_marker(one: ShownMarker) -> dict[str, Any]:
    """Return a safety marker that stands, as the page shows it."""
    marker = one.marker
    return {
        "hex": marker.id.hex,
        "kind": KINDS.get(marker.kind, marker.kind),
        "protects": one.protects,
        "against": one.against,
        "basis": marker.basis,
        "words": marker.words,
        "review_on": day_words(marker.review_on) if marker.review_on else "",
        "is_due": one.is_due,
        **_set_words(one.set_by),
    }


def shown_exclusion(one: ShownExclusion) -> dict[str, str]:
    """Return somebody who is kept out, as the page shows it."""
    return {
        "hex": one.exclusion.id.hex,
        "who": one.against,
        "sort": CONFLICTS.get(one.exclusion.sort, ""),
        "why": one.exclusion.why,
        **_set_words(one.set_by),
    }


def told_visitor(one: ToldVisitor) -> dict[str, str]:
    """Return what a visitor is told before she goes."""
    return {"kind": KINDS.get(one.kind, ""), "words": one.words, "about": one.about}


def _set_words(by: SetBy) -> dict[str, str]:
    return {
        "set_by": by.name,
        "set_on": day_words(london_day(by.at)),
        "reviewed_on": day_words(london_day(by.reviewed_at)) if by.reviewed_at else "",
    }
