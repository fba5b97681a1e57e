"""Keep emergency accesses: who asked, who opened them, what was found.

Phase: expand. The running version needs nothing: the table is new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "emergency_access",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", Instant(), nullable=True),
        sa.Column("review", sa.String(length=64), nullable=True),
        sa.Column("review_words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_access")),
    )
    op.create_index("ix_emergency_access_room", "emergency_access", ["room"], unique=False)
    op.create_index("ix_emergency_access_asked_by", "emergency_access", ["asked_by"], unique=False)
