"""What may be wrong with a seeded history of a live room, counted.

- lost: an acknowledged word that is not in the rows; doubled: a word, or a change, that stands
  twice;
- unanswered: a page that at the end waits for an answer, or had more of them than it sent changes;
- unequal: a page that differs from the plain replay of every stored change;
- canaries: a word heard by a member who, since it was written, was never allowed to see it;
- intruders: a word stored of a member who was not allowed to write at its access epoch.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rooms.change_store import Change
from server.kernel.ids import MemberId
from tests.rooms.pages import PageDocument

WORD = re.compile(rb"w\d+x")


@dataclass
class Rights:
    """Who might do what in one section, epoch by epoch."""

    by_epoch: dict[int, frozenset[str]] = field(default_factory=dict)

    def at(self, epoch: int) -> frozenset[str]:
        known = [one for one in self.by_epoch if one <= epoch]
        return self.by_epoch[max(known)] if known else frozenset()

    def ever(self, verb: str, since: int, until: int) -> bool:
        return any(verb in self.at(epoch) for epoch in range(since, until + 1))


@dataclass
class Verdict:
    """What was found wrong with a history, and how much happened in it."""

    lost: int = 0
    doubled: int = 0
    unanswered: int = 0
    unequal: int = 0
    canaries: int = 0
    intruders: int = 0
    words: int = 0
    withdrawals: int = 0
    heard: int = 0
    hints: int = 0
    outages: int = 0
    poison: int = 0

    @property
    def faults(self) -> int:
        unlike = self.lost + self.doubled + self.unanswered + self.unequal
        return unlike + self.canaries + self.intruders

    def add(self, other: "Verdict") -> None:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Tally:
    """What one document sent, and how often it was told 'saved'; `others` were no words."""

    words: list[int] = field(default_factory=list)
    others: int = 0
    saved: int = 0


def words_in(text: bytes) -> list[int]:
    """The numbers of the words that stand in a text or an update, in its order."""
    return [int(found[1:-1]) for found in WORD.findall(text)]


def judge_stored(
    verdict: Verdict,
    changes: list[Change],
    rights: Mapping[MemberId, Rights],
    *,
    replayed: str,
    read: str,
    saved: Iterable[int],
) -> dict[int, int]:
    """Judge one section's rows: all of them replayed, and as they are read; each word's epoch."""
    verdict.unequal += replayed != read
    there = words_in(replayed.encode())
    verdict.doubled += len(there) - len(set(there))
    verdict.doubled += len(changes) - len({(one.member, one.update) for one in changes})
    verdict.lost += len(set(saved) - set(there))
    epochs: dict[int, int] = {}
    for change in changes[1:]:
        for word in words_in(change.update):
            epochs.setdefault(word, change.epoch)
        verdict.intruders += "edit" not in rights[change.member].at(change.epoch)
    return epochs


def judge_counted(verdict: Verdict, tallies: Iterable[Tally], there: Iterable[int]) -> None:
    """Judge that no document was told 'saved' more often than something of it stands there."""
    stored = set(there)
    for tally in tallies:
        standing = len(stored.intersection(tally.words)) + tally.others
        verdict.lost += max(0, tally.saved - standing)


def judge_heard(
    verdict: Verdict,
    heard: Iterable[tuple[MemberId, int, int]],
    epochs: Mapping[int, int],
    rights: Mapping[MemberId, Rights],
) -> None:
    """Judge what members heard of a section: (who, which word, the newest epoch then)."""
    for member, word, epoch_then in heard:
        verdict.heard += 1
        stored_at = epochs.get(word)
        if stored_at is None or not rights[member].ever("view", stored_at, epoch_then):
            verdict.canaries += 1


def says_the_same(document: PageDocument, replayed: str) -> bool:
    """Say whether a page shows what is stored; it may show its own unsaved words besides."""
    if document.unsynced == 0 and document.refused == 0:
        return document.text == replayed
    own = set(document.text.split("\n"))
    return all(line in own for line in replayed.split("\n"))
