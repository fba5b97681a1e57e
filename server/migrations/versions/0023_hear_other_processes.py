"""Let processes on one PostgreSQL find each other's bells and carets.

Phase: expand. The running version needs nothing: the tables are new. What stands in them is gone
after seconds, so PostgreSQL need not write it to its log.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Make the tables."""
    prefixes = ["UNLOGGED"] if op.get_bind().dialect.name == "postgresql" else []
    op.create_table(
        "rung_bell",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("rung_at", Instant(), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rung_bell")),
        prefixes=prefixes,
    )
    op.create_index(op.f("ix_rung_bell_room"), "rung_bell", ["room"], unique=False)
    op.create_table(
        "passed_caret",
        sa.Column("hub", sa.Uuid(), nullable=False),
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("client", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("clock", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("passed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("hub", "section", "client", name=op.f("pk_passed_caret")),
        prefixes=prefixes,
    )
    op.create_index(op.f("ix_passed_caret_section"), "passed_caret", ["section"], unique=False)
