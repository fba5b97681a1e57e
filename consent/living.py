"""Works out a capability: all the gate's answers for one place, at once. Pure but for the clock."""

from collections.abc import Collection, Sequence
from datetime import datetime
from time import monotonic

from consent.alike import ask_each
from consent.capability import Capability
from consent.gathering import Seen, kind_of
from consent.grounds import Asker, RoomFacts, find_grounds, is_not_hers_to_edit
from consent.judging import Book, question_of
from consent.statement import Owes
from policies.act import Act
from policies.facts import Label
from server.directory.member import Member
from server.kernel.ids import MemberId, RoomId
from server.kernel.slices import Slices

_ACTS_BY_KIND = {
    kind: tuple(act for act in Act if act.kind is kind) for kind in {act.kind for act in Act}
}


def decide(
    book: Book, facts: RoomFacts, asker: Asker, room: RoomId, labels: Sequence[Label]
) -> Capability:
    """Return what one place may do with these things.

    It ends, by the monotonic clock, with the first of anything it rests on: an answer, a
    decision, the place itself, or the policies in force.
    """
    things: dict[str, set[int]] = {}
    ends = [book.until]
    of_room = [label for label in labels if label.room == room]
    each = ask_each(facts, of_room, lambda label: _open_acts(book, facts, asker, label))
    for label, (open_acts, until) in zip(of_room, each, strict=True):
        for act in open_acts:
            things.setdefault(act.address, set()).add(label.thing.int)
        if open_acts and until is not None:
            ends.append(until)
    if asker.seat is not None and asker.seat.until is not None:
        ends.append(asker.seat.until)
    return Capability(
        member=asker.member.id,
        room=room,
        epoch=facts.team.epoch if facts.team else 0,
        until=monotonic() + (min(ends) - facts.at).total_seconds(),
        revision=book.revision,
        things={address: frozenset(numbers) for address, numbers in things.items()},
    )


async def decide_each(
    book: Book, seen: Seen, members: Collection[Member], room: RoomId, labels: Sequence[Label]
) -> dict[MemberId, Capability]:
    """Return what each of these may do with these things; between two of them others are served."""
    slices, kind = Slices(), kind_of(labels)
    found = {}
    for who in members:
        await slices.breathe()
        found[who.id] = decide(book, seen.facts, seen.asker(who, kind), room, labels)
    return found


def _open_acts(
    book: Book, facts: RoomFacts, asker: Asker, label: Label
) -> tuple[tuple[Act, ...], datetime | None]:
    """Return the acts open on one thing, and when the first of what they rest on ends."""
    found = find_grounds(facts, asker, label)
    verbs = book.verbs(question_of(facts, asker, found, verb="view", label=label))
    open_acts = tuple(
        act
        for act in _ACTS_BY_KIND.get(label.kind, ())
        if act.verb in verbs
        and not is_not_hers_to_edit(asker, act.verb, label)
        # What is owed to come in is asked on coming in; who is in stays in.
        and (asker.owes is not Owes.ALL or not asker.owes.closes(act))
    )
    return open_acts, found.until
