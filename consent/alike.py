"""Tells which things of a room are judged alike, so that each sort of them is judged once. Pure.

A plan of forty parts has few sorts of labels. Whatever the gate is asked about all of them, for
one asker and at one instant, has one answer for each sort.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from consent.grounds import RoomFacts
from policies.facts import Label

Answer = TypeVar("Answer")


def ask_each(
    facts: RoomFacts, labels: Sequence[Label], ask: Callable[[Label], Answer]
) -> list[Answer]:
    """Return the answer for each of these things, asked once for all that are alike.

    `ask` goes by these facts and reads no more of a label's `thing` and `serves` than whether a
    decision, an exclusion or a marker names them.
    """
    named = _named_in(facts)
    answers: dict[Hashable, Answer] = {}
    found = []
    for label in labels:
        sort = _sort_of(label, named)
        if sort not in answers:
            answers[sort] = ask(label)
        found.append(answers[sort])
    return found


def _sort_of(label: Label, named: frozenset[object]) -> Hashable:
    """Return all of a label by which it may be judged; its ids only where something names them."""
    return (
        label.thing if label.thing in named else None,
        label.serves if label.serves in named else None,
        label.room,
        label.kind,
        label.categories,
        label.origins,
        label.subjects,
        label.confidentiality,
        label.named,
        label.shown_to,
        label.author,
    )


def _named_in(facts: RoomFacts) -> frozenset[object]:
    """Return the things that stand by themselves in what opens or closes."""
    protections = facts.protections
    return frozenset(
        {
            *(thing for decision in facts.decisions for thing in decision.things),
            *(one.thing for one in protections.exclusions if one.thing is not None),
            *(one.thing for one in protections.markers if one.thing is not None),
        }
    )
