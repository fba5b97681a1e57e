"""Real keystroke histories, typed again by as many writers as there were.

They lie beside the repository, not in it; what they are stands in the README there.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pycrdt import Doc, Text

from rooms.words import NO_UPDATE

TRACES = Path(__file__).resolve().parents[3] / "shared" / "traces"
ROOT = "t"
BEYOND_ASCII = str.maketrans({"e": "ß", "t": "ü", "a": "字", "o": "ø", "i": "😀"})


@dataclass
class Typist:
    """One writer of a trace: what she has typed, and heard of the others."""

    number: int
    document: Doc[Any] = field(init=False)
    words: str = ""
    heard: int = 0  # how many of all changes she has, her own among them

    def __post_init__(self) -> None:
        # Who comes first where both typed at once is settled by the client ids.
        self.document = Doc(client_id=self.number + 1)
        self.text = self.document.get(ROOT, type=Text)
        self.changes: list[bytes] = []
        self._watched = self.document.observe(lambda change: self.changes.append(change.update))

    def hear(self, changes: list[tuple[int, bytes]], upto: int) -> None:
        """Hear all changes of the others up to this one."""
        later = [change for number, change in changes[self.heard : upto] if number != self.number]
        for change in later:
            self.document.apply_update(change)
        if later:
            self.words = str(self.text)
        self.heard = max(self.heard, upto)

    def type(self, patches: list[tuple[int, int, str]], to_letters: dict[int, Any]) -> bytes:
        """Type what the trace says, in these letters; the change."""
        self.changes.clear()
        with self.document.transaction():
            for position, deleted, inserted in patches:
                put = inserted.translate(to_letters)
                # The CRDT counts bytes, the trace letters.
                begin = len(self.words[:position].encode())
                end = begin + len(self.words[position : position + deleted].encode())
                if deleted:
                    del self.text[begin:end]
                if put:
                    self.text.insert(begin, put)
                self.words = self.words[:position] + put + self.words[position + deleted :]
        return self.changes[0] if self.changes else NO_UPDATE


@dataclass
class Trace:
    """A history and the text in which it ended."""

    transactions: list[dict[str, Any]]
    end: str
    to_letters: dict[int, Any]

    def typed(self) -> Iterator[tuple[int, bytes]]:
        """Type it all again: the writer's number, and her change."""
        typists: dict[int, Typist] = {}
        changes: list[tuple[int, bytes]] = []
        for transaction in self.transactions:
            number = transaction.get("agent", 0)
            typist = typists.setdefault(number, Typist(number))
            # Typed upon these: with two writers, upon all that the other typed before, too.
            others = [one for one in transaction.get("parents", ()) if changes[one][0] != number]
            typist.hear(changes, max(others, default=-1) + 1)
            changes.append((number, typist.type(transaction["patches"], self.to_letters)))
            yield changes[-1]


def read_trace(name: str, to_letters: dict[int, Any]) -> Trace:
    """Read a trace, to be typed in these letters."""
    found = json.loads(gzip.decompress((TRACES / f"{name}.json.gz").read_bytes()))
    assert found.get("startContent", "") == ""
    return Trace(found["txns"], found["endContent"].translate(to_letters), to_letters)
