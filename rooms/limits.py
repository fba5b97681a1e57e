"""How much one page may send, hold and be owed. Over a limit one document is closed, not the page.

Rule: ADR-0009. Threat T-12: a hostile frame, or a reader that never reads.
"""

KIB = 1024
MIB = 1024 * KIB

MESSAGE_BYTES = 1 * MIB
STEP2_BYTES = 4 * MIB
"""A page that comes back may bring what it typed while it was away in one message."""

SECTION_BYTES = 8 * MIB
SECTIONS_A_CONNECTION = 64
WAITING_MESSAGES, WAITING_BYTES = 50, 64 * KIB
"""What one document may send before it is known whether it may be opened."""

AWARENESS_BYTES = 4 * KIB
CARETS_A_SECTION = 4
STATELESS_BYTES = 8 * KIB
PENDING_BYTES = 4 * MIB
"""What may wait to be stored for one section while the store does not answer."""

UPDATES_A_SECOND, UPDATES_AT_ONCE = 100, 300
BYTES_A_SECOND, BYTES_AT_ONCE = 256 * KIB, STEP2_BYTES + MESSAGE_BYTES
FRAMES_A_SECOND, FRAMES_AT_ONCE = 400, 4_000

HELD_EDITS, HELD_BYTES = 2_048, 1 * MIB
"""Above what waits to be stored for one section, the pages that write there are not read on."""

OWED_BEHIND_BYTES = 256 * KIB
"""Above this much unsent, this page gets no carets, and changes only when it has read: at once."""

OWED_BYTES, OWED_S = 4 * MIB, 20.0
"""Above this much unsent, or unsent for so long, the connection is closed: it does not read."""

SILENCE_S = 60.0
PING_S = 12.0
"""Pages give up on a server that says nothing for 30 s; the protocol's own ping counts."""
