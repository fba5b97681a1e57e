"""What the check of one live message costs: asked for every frame and every listener."""

from time import monotonic
from uuid import uuid4

from consent.capability import Capability
from policies.act import Act
from server.kernel.ids import MemberId, RoomId
from tests.benchmarks.figure import Figure, median_ns


async def measure() -> list[Figure]:
    """Ask a capability on 40 sections, once allowed and once not."""
    sections = [uuid4() for _ in range(40)]
    held = Capability(
        member=MemberId(uuid4()),
        room=RoomId(uuid4()),
        epoch=7,
        until=monotonic() + 3600,
        revision="1",
        things={Act.EDIT_SECTION.address: frozenset(one.int for one in sections)},
    )
    mine, other = sections[20], uuid4()
    assert held.allows_at(7, Act.EDIT_SECTION, mine)
    assert not held.allows_at(7, Act.EDIT_SECTION, other)
    return [
        Figure(what, median_ns(lambda: held.allows_at(7, Act.EDIT_SECTION, thing)), 300, "ns")  # noqa: B023 - called at once
        for what, thing in (("message check, allowed", mine), ("message check, refused", other))
    ]
