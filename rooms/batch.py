"""What one batch brings to one section, from taking the changes to telling them."""

from dataclasses import dataclass, field

from rooms.change_store import Appending
from rooms.live import Edit, LiveSection, Stretch
from server.kernel.ids import MemberId


@dataclass(slots=True)
class Part:
    """What one batch brings to one section: all of it at one access epoch."""

    live: LiveSection
    epoch: int
    edits: list[Edit]
    news: list[Edit]
    clients: dict[int, MemberId]
    base_seq: int
    last_seq: int = 0
    brought: set[bytes] = field(default_factory=set)
    begun: list[Stretch] = field(default_factory=list)

    def appending(self) -> Appending:
        """Return what is to be stored of it."""
        changes = [(edit.author, edit.update) for edit in self.news]
        return Appending(self.live.id, self.live.room, self.epoch, changes)
