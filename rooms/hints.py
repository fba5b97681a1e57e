"""What one process tells the others over the bus: where to look, and nothing of what is there.

A hint has random ids and numbers. Whoever hears one reads the rows, as it would have done by
itself within 0.4 s; so a hint that is lost, late, repeated or made up changes nothing but when.

Rule: ADR-0018. Threat T-03: the bus is never asked who may see what.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from server.kernel.ids import RoomId, SectionId


class About(StrEnum):
    """What there is to look at."""

    STORED = "stored"
    ACCESS = "access"
    BELL = "bell"
    CARETS = "carets"
    SIGN_INS = "sign-ins"


@dataclass(frozen=True, slots=True)
class Hint:
    """Something to look at: in a room, in one section of it, or (no room) among sign-ins.

    `reached` is the seq of the last stored change, or the access epoch.
    """

    about: About
    room: RoomId | None = None
    section: SectionId | None = None
    reached: int = 0


class Bus(Protocol):
    """Carries hints to the other processes, at most once each, in whatever order."""

    def tell(self, subject: str, said: bytes) -> None:
        """Send to all other processes that follow the subject. Never waits, never raises."""
        ...

    async def follow(self, subject: str, hear: Callable[[bytes], None]) -> None:
        """Have `hear` called with whatever other processes say on the subject from now on."""
        ...

    async def leave(self, subject: str) -> None:
        """Follow a subject no more."""
        ...


SIGN_INS = "sign-ins"
"""The subject of sign-ins that ended, which are of no room."""


def subject_of(room: RoomId | None) -> str:
    """Return the subject under which a room's hints are told: its random id, and nothing else."""
    return SIGN_INS if room is None else f"room.{room.hex}"


def write_hint(hint: Hint) -> bytes:
    """Write a hint as it is told."""
    section = hint.section.hex if hint.section else None
    return json.dumps([hint.about, section, hint.reached]).encode()


def read_hint(room: RoomId | None, said: bytes) -> Hint | None:
    """Read what was told on a subject; None: it is no hint of ours."""
    try:
        about, section, reached = json.loads(said)
        section_id = None if section is None else SectionId(UUID(hex=section))
        return Hint(About(about), room, section_id, int(reached))
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
