"""A bus that loses, delays, doubles and makes up hints, and is down at times, in a seeded way."""

import asyncio
import random
from collections.abc import Callable

from rooms.hints import About, Hint, write_hint
from server.kernel.ids import RoomId, SectionId, new_id

Hearer = Callable[[bytes], None]


class LossyBus:
    """What carries hints between the servers of one history."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.lost = chance.choice((0.0, 0.05, 0.5, 1.0))
        self.doubled = chance.choice((0.0, 0.3))
        self.late_s = chance.choice((0.001, 0.05, 1.5))
        self.is_up = True
        self.places: list[Place] = []
        self.carried = 0

    def place(self) -> "Place":
        """One server's own end of it."""
        self.places.append(Place(self))
        return self.places[-1]

    def carry(self, sender: "Place", subject: str, said: bytes) -> None:
        for place in self.places:
            if place is not sender and subject in place.followed:
                for _ in range(2 if self.chance.random() < self.doubled else 1):
                    if self.is_up and self.chance.random() >= self.lost:
                        late_s = self.chance.uniform(0.0, self.late_s)
                        asyncio.get_running_loop().call_later(late_s, place.hear, subject, said)

    def make_up(self, room: RoomId, section: SectionId) -> None:
        """Say something that nobody said, to everybody."""
        hint = Hint(
            self.chance.choice(tuple(About)),
            room,
            self.chance.choice((section, SectionId(new_id()))),
            self.chance.randrange(100),
        )
        for place in self.places:
            place.hear(f"room.{room.hex}", write_hint(hint))


class Place:
    """One server's end of the bus."""

    def __init__(self, bus: LossyBus) -> None:
        self.bus = bus
        self.followed: dict[str, Hearer] = {}

    @property
    def is_up(self) -> bool:
        return self.bus.is_up

    def tell(self, subject: str, said: bytes) -> None:
        self.bus.carry(self, subject, said)

    async def follow(self, subject: str, hear: Hearer) -> None:
        self.followed[subject] = hear

    async def leave(self, subject: str) -> None:
        self.followed.pop(subject, None)

    def hear(self, subject: str, said: bytes) -> None:
        """Hear what was said, if it is still followed."""
        if subject in self.followed:
            self.bus.carried += 1
            self.followed[subject](said)
