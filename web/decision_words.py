"""A decision about sharing, in the words of pages."""

from datetime import timedelta
from typing import Any

from consent.sharing_decision import Outcome, Review
from consent.showing_decisions import ShownDecision
from server.kernel.clock import london_day
from web.room_frame import day_words, time_words

A_MOMENT = timedelta(seconds=1)
REVIEWS = {Review.RIGHT: "Right", Review.CHALLENGED: "Challenged"}


def shown_decision(one: ShownDecision) -> dict[str, Any]:
    """Return a decision as its templates take it."""
    title, state, colour = _state(one)
    return {
        "hex": one.id.hex,
        "room_hex": one.room.hex,
        "reference": one.reference,
        "title": title,
        "state": state,
        "colour": colour,
        "is_mine": one.is_mine,
        "may_end": one.may_end,
        "by": one.by,
        "by_title": one.by_title,
        "agency": one.agency,
        "at": time_words(one.at),
        "about": ", ".join(one.about),
        "topics": ", ".join(one.topics),
        "what": one.what,
        "things": one.things,
        "to": (one.outside.to,) if one.outside else one.to,
        "facts": one.facts,
        "until": day_words(london_day(one.until - A_MOMENT)) if one.until else "",
        "ended": time_words(one.ended_at) if one.ended_at else "",
        "review": REVIEWS[one.review] if one.review else "",
        "is_challenged": one.review is Review.CHALLENGED,
        "reviewed_by": one.reviewed_by,
        "reviewed_at": time_words(one.reviewed_at) if one.reviewed_at else "",
        "review_words": one.review_words,
        "due": day_words(london_day(one.review_due - A_MOMENT)),
        "is_late": one.is_late,
    }


def _state(one: ShownDecision) -> tuple[str, str, str]:
    """Return what was decided, where it stands now, and the colour of that."""
    if one.outcome is Outcome.NOT_SHARE:
        return "Not shared", "Recorded", "govuk-tag--grey"
    if one.outside is not None:
        return "Shared outside this system", "Recorded", "govuk-tag--grey"
    if one.is_over:
        return "Shared in this room", "Ended", "govuk-tag--grey"
    return "Shared in this room", "Open now", "govuk-tag--green"
