"""The stage of a seeded history, and the tricks that are played there."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from rooms.plan import ROOT
from rooms.section import Section
from server.directory.member import Practitioner
from server.kernel.database import Tx
from server.kernel.ids import RoomId
from tests.fakes import gate
from tests.rooms.rooms_for_tests import add_room, add_section, practitioner


@dataclass(frozen=True)
class Stage:
    """The room of a history, its four members and two sections; everybody may do everything."""

    room: RoomId
    members: list[Practitioner]
    sections: list[Section]


def four_members() -> list[Practitioner]:
    """Who is on every stage."""
    names = ("Imara Testwell", "Bronagh Mockford", "Ketan Mockdale", "Leona Sampleby")
    return [practitioner(name) for name in names]


async def set_the_stage(tx: Tx, members: list[Practitioner]) -> Stage:
    """Lay the rows of a stage."""
    room = RoomId(await add_room(tx, *members))
    sections = [await add_section(tx, room, members[0], "first") for _ in range(2)]
    for member in members:
        await gate.allow(tx, member, room, "view")
        for section in sections:
            await gate.allow(tx, member, section.id, "view", "edit")
    return Stage(room, members, sections)


class Holding:
    """What a document speaks through while nothing of it goes out."""

    def __init__(self, page: Any) -> None:
        self.chance, self.stamp = page.chance, page.stamp

    def say(self, message: bytes) -> None:
        """Keep silent."""


def poison(chance: random.Random) -> bytes:
    """A change that can be read and that the CRDT refuses all the same."""
    document: Doc[Any] = Doc(client_id=chance.getrandbits(32))
    root = document.get(ROOT, type=XmlFragment)
    root.children.append(XmlElement("paragraph")).children.append(XmlText("bad"))
    update = document.get_update()
    at = update.rindex(b"\x04\x00")  # a text in a new parent; as an embedded thing it is no JSON
    return update[:at] + b"\x05" + update[at + 1 :]


@contextmanager
def without(module: Any, name: str, instead: Any) -> Iterator[None]:
    """Take one check out of the product while a history is played."""
    kept = getattr(module, name)
    setattr(module, name, instead)
    try:
        yield
    finally:
        setattr(module, name, kept)
