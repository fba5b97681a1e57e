"""Reads the one object of an agreement's file, and remembers on which line each part stands."""

import json
import re
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

# What no store keeps, or no page can show: control signs, and half a letter.
_UNKEPT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\r\n]*")


class Fault(NamedTuple):
    """What is wrong, and on which line, counted from 1."""

    line: int
    words: str

    def __str__(self) -> str:
        """Return the fault as it is shown."""
        return f"Line {self.line}: {self.words}"


class Row(NamedTuple):
    """One row of a list: the line on which it begins, and its fields."""

    line: int
    fields: tuple[str, ...]


class Unreadable(ValueError):
    """The text is no such object; nothing after the fault can be read."""

    def __init__(self, fault: Fault) -> None:
        """Keep the fault."""
        self.fault = fault
        super().__init__(str(fault))


@dataclass(slots=True)
class Told:
    """What an object says: single values and rows with their lines, and what is wrong with them."""

    single: dict[str, tuple[int, object]] = field(default_factory=dict)
    lists: dict[str, list[Row]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def members_of(
    text: str,
    single: Sequence[str],
    lists: Mapping[str, Sequence[str]],
    *,
    may_lack: Collection[str] = (),
) -> Told:
    """Read the object: single values by these names, and lists of rows with these columns.

    Lists of `may_lack` are empty where they do not stand.

    Raises:
        Unreadable: the text is not JSON, or no object.
    """
    walk = _Walk(text)
    told = Told()
    walk.expect("{")
    while not walk.is_at("}"):
        line, name = walk.line(), walk.value()
        if not isinstance(name, str):
            raise Unreadable(Fault(line, "A name in quotes is expected here."))
        walk.expect(":")
        at = walk.line()
        if name in told.single or name in told.lists:
            told.faults.append(Fault(line, f"{name} stands twice."))
        if name in lists:
            told.lists[name] = walk.rows(name, lists[name], told.faults)
        else:
            found = walk.value()
            if name in single:
                told.single[name] = (at, found)
                told.faults += _unkept(at, found)
            else:
                told.faults.append(Fault(line, f"{name} is not known here."))
        if not walk.is_at("}"):
            walk.expect(",")
    walk.expect("}")
    walk.must_end()
    for name in may_lack:
        told.lists.setdefault(name, [])
    missing = [name for name in (*single, *lists) if name not in {**told.single, **told.lists}]
    told.faults += [Fault(walk.line(), f"{name} is missing.") for name in missing]
    return told


def _unkept(line: int, value: object) -> list[Fault]:
    held = isinstance(value, str) and _UNKEPT.search(value)
    return [Fault(line, "There is a sign here that cannot be kept.")] if held else []


class _Walk:
    """Goes through a text of JSON, value by value."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._decoder = json.JSONDecoder()
        self._ends = [found.start() for found in re.finditer("\n", text)]

    def line(self) -> int:
        """Return the line of what comes next."""
        return bisect_right(self._ends, self._skipped()) + 1

    def is_at(self, sign: str) -> bool:
        """Return whether this sign comes next."""
        return self._text.startswith(sign, self._skipped())

    def expect(self, sign: str) -> None:
        """Go past this sign."""
        if not self.is_at(sign):
            raise Unreadable(Fault(self.line(), f"“{sign}” is expected here."))
        self._at += len(sign)

    def must_end(self) -> None:
        """Make sure that nothing comes after."""
        if self._skipped() != len(self._text):
            raise Unreadable(Fault(self.line(), "Something stands after the end."))

    def value(self) -> object:
        """Return the value that comes next."""
        try:
            found, self._at = self._decoder.raw_decode(self._text, self._skipped())
        except (ValueError, RecursionError) as fault:
            raise Unreadable(Fault(self.line(), "This is not JSON.")) from fault
        return found

    def rows(self, name: str, columns: Sequence[str], faults: list[Fault]) -> list[Row]:
        """Return the rows of the list that comes next; those at fault are told and left out."""
        found: list[Row] = []
        self.expect("[")
        while not self.is_at("]"):
            line, raw = self.line(), self.value()
            if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
                faults.append(Fault(line, f"A row of {name} is a list of texts."))
            elif len(raw) != len(columns):
                faults.append(
                    Fault(line, f"A row of {name} has {len(columns)} fields, not {len(raw)}.")
                )
            else:
                found.append(Row(line, tuple(raw)))
                faults += [fault for one in raw for fault in _unkept(line, one)]
            if not self.is_at("]"):
                self.expect(",")
                if self.is_at("]"):
                    raise Unreadable(Fault(self.line(), "A row is expected here."))
        self.expect("]")
        return found

    def _skipped(self) -> int:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        return self._at
