"""Find the places of a room without looking at those of every other.

Phase: expand. The running version needs nothing: the index is new.
"""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the index."""
    op.create_index(op.f("ix_seat_room"), "seat", ["room"], unique=False)
