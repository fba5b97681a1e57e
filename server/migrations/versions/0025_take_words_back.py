"""Take words back from a part of the plan, its history and its snapshots.

Phase: expand. The running version needs nothing: the columns have defaults, the tables are new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Add the columns and make the tables."""
    op.add_column(
        "section", sa.Column("generation", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "section_client",
        sa.Column("is_retired", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "section_taken_back",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section"], ["section.id"], name=op.f("fk_section_taken_back_section")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section_taken_back")),
    )
    for column in ("room", "taken_at"):
        op.create_index(
            op.f(f"ix_section_taken_back_{column}"), "section_taken_back", [column], unique=False
        )
    op.create_table(
        "section_taken_back_from",
        sa.Column("taken", sa.Uuid(), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["taken"],
            ["section_taken_back.id"],
            name=op.f("fk_section_taken_back_from_taken"),
        ),
        sa.PrimaryKeyConstraint("taken", "member", name=op.f("pk_section_taken_back_from")),
    )
