"""The sentences that have to hold of an agreement, in words."""

from collections.abc import Mapping
from typing import Any

from policies.catalogue import catalogue
from policies.examples import Tried
from policies.isa import ANY, Example
from web.isa_pages import term_place, term_recipient

ON_GROUND = {
    "own": "of their own organisation",
    "standing": "by their place alone",
    "agreed": "when the family agreed",
    "decided": "when a decision about sharing says so",
    "emergency": "in an emergency",
}


def example_words(example: Example, names: Mapping[str, str]) -> str:
    """Return a sentence in words."""
    words = catalogue()
    who = term_recipient(example.recipient, names)
    about = {**words.group_words, **words.categories}[example.category].lower()
    source = "" if example.source == ANY else f" from {term_place(example.source, names)}"
    ground = f", {ON_GROUND[example.ground]}" if example.ground in ON_GROUND else ""
    may = "may" if example.may else "may never"
    told = f"{who} {may} {words.verb_words[example.verb]} “{about}”{source}{ground}"
    return told[:1].upper() + told[1:]


def tried_words(tried: tuple[Tried, ...], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return sentences in words, each with whether it holds."""
    return [{"words": example_words(one.example, names), "holds": one.holds} for one in tried]
