"""Keep what the family says is wrong in a part of the plan, and the answer.

Phase: expand. The running version needs nothing: the table is new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "section_objection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("said_at", Instant(), nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=True),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["section"], ["section.id"], name=op.f("fk_section_objection_section")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section_objection")),
    )
    op.create_index(
        "ix_section_objection_room", "section_objection", ["room", "section"], unique=False
    )
