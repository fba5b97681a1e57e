"""Note how far members have read.

Phase: expand. The running version needs nothing: the table is new.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "section_read",
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member", "section", name=op.f("pk_section_read")),
    )
    op.create_index("ix_section_read_section", "section_read", ["section"], unique=False)
