"""T-13: the canaries' own helper, and that what the gate lets through holds no canary beyond it."""

from policies.act import Act
from server.demo import plan
from tests.canaries import ALLOWED, PLACES, leaked_to
from tests.consent.acts import sift, stop
from tests.consent.conftest import _room, samplewick

__all__ = ["_room", "samplewick"]


async def test_what_the_gate_lets_through_holds_each_personas_canaries_and_no_other(samplewick):
    await stop(samplewick, "money", recorded_by="imara")
    words = {samplewick.label(part.code): part.words for part in plan.PARTS}

    for who, member in samplewick.members.items():
        shown = await sift(member, Act.LIST_SECTIONS, list(words))
        got = [words[label].encode() for label in shown]
        held = {word for word in PLACES if any(word.encode() in part for part in got)}
        assert leaked_to(who, got) == set()
        assert held == ALLOWED.get(who, frozenset())


def test_a_canary_is_found_in_any_case_and_across_two_frames():
    assert leaked_to("gethin", b"<p>PLUMcanary</p>") == {"plumcanary"}
    assert leaked_to("gethin", [b"...velvet", b"canary..."]) == {"velvetcanary"}
    assert leaked_to("gethin", b"ironcanary") == set()
    assert leaked_to("dorran", b"Herongate-Canary") == {"Herongate-canary"}


def test_each_canary_stands_in_its_part_and_nowhere_else():
    for word, place in PLACES.items():
        assert [part.code for part in plan.PARTS if word in part.words] == [place]
