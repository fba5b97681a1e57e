"""Who keeps what, and who hears which notice: one list for the app, the demo and the tests."""

from actions.keeping import ActionKeeper
from consent.bell import Bell
from consent.keeper import Keepers
from documents.keeping import DocumentKeeper
from rooms.keeping import SectionKeeper
from rooms.live_rooms import LiveRooms
from server.kernel import notices
from server.kernel.notices import AccessChanged, SignedOut

KEEPERS: Keepers = (SectionKeeper(), ActionKeeper(), DocumentKeeper())


def hear_all(live: LiveRooms) -> None:
    """Have the live rooms hear every notice that concerns them."""
    notices.hear(AccessChanged, live.access_changed)
    notices.hear(SignedOut, live.signed_out)
    notices.hear(Bell, live.ring)
