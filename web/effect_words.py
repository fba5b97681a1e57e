"""What a draft agreement would change, in words: class by class, for whom, and looking back."""

from collections.abc import Mapping
from typing import Any

from consent.effect import Effect
from consent.foreseeing_policy import PolicyEffect
from consent.replaying import Replayed
from policies.catalogue import catalogue
from policies.difference import Changed, Turn
from web.example_words import tried_words
from web.log_words import kind_words
from web.room_frame import day_words, time_words

SHOWN_AT_MOST = 100
TURNS = {
    Turn.GAINED: "Opens",
    Turn.LOST: "Closes",
    Turn.CHANGED: "Is open or closed as before, by another clause or ground",
}
WOULD = {Turn.GAINED: "would gain", Turn.LOST: "would lose"}


def effect_words(effect: Effect) -> dict[str, Any]:
    """Return what a draft would change, class by class."""
    changes = effect.difference.changes
    return {
        "digest": effect.digest,
        "turns": [
            {
                "words": words,
                "changes": [_changed(one, effect.names) for one in changes if one.turn is turn][
                    :SHOWN_AT_MOST
                ],
                "more": max(0, sum(one.turn is turn for one in changes) - SHOWN_AT_MOST),
            }
            for turn, words in TURNS.items()
        ],
        "tried": tried_words(effect.tried, effect.names),
        "joins": [effect.names.get(code, code) for code in effect.joins],
        "leaves": [effect.names.get(code, code) for code in effect.leaves],
    }


def _changed(one: Changed, names: Mapping[str, str]) -> dict[str, str]:
    words = catalogue()
    clauses = sorted({said.ref for said in (*one.before, *one.after)})
    return {
        "who": ", ".join(words.roles[role] for role in one.roles),
        "to": "; ".join(_class(code, names) for code in one.recipients),
        "from": "; ".join(_class(code, names) for code in one.sources),
        "about": "; ".join(words.categories.get(code, code) for code in one.categories),
        "purposes": ", ".join(words.purposes[code] for code in one.purposes),
        "verbs": ", ".join(words.verb_words[code] for code in one.verbs),
        "clauses": ", ".join(clauses),
        "since": day_words(one.since),
    }


def _class(key: str, names: Mapping[str, str]) -> str:
    """Return a class of organisations in words: the narrowest that is said of it."""
    words = {**catalogue().group_words, **names}
    codes = key.split()
    named = [code for code in codes if code in names]
    sectors = [code for code in codes if code.removeprefix("sec_") in catalogue().sectors]
    for narrow in (named, sectors, codes):
        if narrow:
            return " and ".join(words.get(code, code) for code in narrow)
    return "any other organisation"


def people_words(effect: PolicyEffect) -> dict[str, Any]:
    """Return who would gain or lose what in how many rooms, as far as the reader may know."""
    words = catalogue()
    return {
        "rooms": effect.rooms,
        "how_far": effect.how_far.written(),
        "totals": [
            {"would": would, "people": people, "agencies": agencies}
            for turn, would in WOULD.items()
            for people, agencies in [effect.how_many(turn)]
            if people
        ],
        "families": [
            would
            for turn, would in WOULD.items()
            if any(one.turn is turn and one.member is None for one in effect.people)
        ],
        "rows": [
            {
                "name": one.name or "Members of families",
                "agency": one.agency,
                "would": WOULD.get(one.turn, ""),
                "verbs": ", ".join(words.verb_words[verb] for verb in one.verbs),
                "about": words.categories.get(one.category, one.category).lower(),
                "rooms": one.rooms,
            }
            for one in effect.shown[:SHOWN_AT_MOST]
        ],
        "more": max(0, len(effect.shown) - SHOWN_AT_MOST),
        "is_part": len(effect.shown) < len(effect.people),
    }


def past_words(done: Replayed) -> dict[str, Any]:
    """Return which decisions of the past would be others."""
    return {
        "decisions": done.decisions,
        "same": done.same,
        "differ": [
            {
                "day": day_words(one.at),
                "time": time_words(one.at),
                "what": kind_words(one.kind),
                "who": one.name or "Somebody",
                "agency": one.agency,
                "was": _answer(one.was),
                "becomes": _answer(one.becomes),
            }
            for one in done.differ[:SHOWN_AT_MOST]
        ],
        "more": max(0, done.others - SHOWN_AT_MOST),
        "reached": f"{day_words(done.reached)}, {time_words(done.reached)}" if done.reached else "",
        "untold": sum(done.untold.values()) + done.rules,
    }


def _answer(told: str) -> str:
    """Return an answer in words: allowed or refused, and by which clause."""
    outcome, _, rest = told.partition(" ")
    why = rest.partition(" ")[0]
    return f"{outcome}, {why}" if why else outcome
