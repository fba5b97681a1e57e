"""How our sockets are served: one set of options for `serve`, for the demo and for the tests."""

from typing import Any

from rooms.limits import STEP2_BYTES
from web.room_protocol import RoomProtocol

SOCKETS: dict[str, Any] = {
    "ws": RoomProtocol,
    "ws_max_size": STEP2_BYTES + 4096,
    # Compressing costs memory for each page, and lengths would tell of words.
    "ws_per_message_deflate": False,
}
