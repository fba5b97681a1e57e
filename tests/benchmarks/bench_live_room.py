"""What a message of the live room costs: may it, what does it hold, telling it."""

import time
from typing import Any
from uuid import uuid4

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from consent.capability import Capability
from policies.act import Act
from policies.facts import Label
from rooms.live import Connection, LiveSection, OpenSection
from rooms.plan import ROOT, make_first_update
from rooms.telling import all_is_told, tell_changes
from rooms.update import read_update
from rooms.words import LiveWords
from server.directory.member import Practitioner
from server.kernel.ids import AgencyCode, MemberId, RoomId, SectionId
from tests.benchmarks.figure import Figure, median_ns

PAGES = 10


def _opened(sections: int) -> OpenSection:
    room, member = RoomId(uuid4()), MemberId(uuid4())
    ids = [SectionId(uuid4()) for _ in range(sections)]
    numbers = frozenset(one.int for one in ids)
    held = Capability(
        member=member,
        room=room,
        epoch=3,
        until=time.monotonic() + 3600,
        revision="",
        things={act.address: numbers for act in Act},
    )
    who = Practitioner(member, AgencyCode("tansy_vale"), "Imara Testwell", "", "i@x.example")
    first, _client = make_first_update(["Words"])
    live = LiveSection(
        ids[0], room, label=Label(thing=ids[0], room=room), words=LiveWords([first]), seq=1
    )
    connection = Connection(who, room, held, b"")
    return OpenSection(connection, live, address=ids[0].hex, capability=held, epoch=3)


def _a_change() -> bytes:
    document: Doc[Any] = Doc()
    root = document.get(ROOT, type=XmlFragment)
    text = root.children.append(XmlElement("paragraph")).children.append(XmlText("word"))
    before = document.get_state()
    text.insert(4, "s")
    return document.get_update(before)


async def measure() -> list[Figure]:
    """Measure on a section that ten pages have open."""
    opened = _opened(sections=40)
    change = _a_change()
    live = opened.section
    live.open = [
        OpenSection(
            Connection(opened.connection.member, live.room, opened.capability, b""),
            live,
            address=opened.address,
            capability=opened.capability,
            epoch=3,
        )
        for _ in range(PAGES)
    ]

    def tell() -> None:
        tell_changes(live, [change], epoch=3)
        all_is_told(live)
        for page in live.open:
            page.connection.discard(page.address)

    return [
        Figure("may this page write here", median_ns(opened.may_write), 300, "ns"),
        Figure(
            "what a keystroke's update holds", median_ns(lambda: read_update(change)), 60e3, "ns"
        ),
        Figure(f"one change told to {PAGES} pages", median_ns(tell, calls=100), 400e3, "ns"),
    ]
