"""Make the keys of rooms.

Phase: expand. The running version needs nothing: these tables are new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "wrapped_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("destroyed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrapped_key")),
        sa.UniqueConstraint("scope", "period", name=op.f("uq_wrapped_key_scope_period")),
    )
