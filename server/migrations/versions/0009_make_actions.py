"""Make actions.

Phase: expand. The running version needs nothing: these tables are new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=False),
        sa.Column("serves", sa.Uuid(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("carried", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("confidentiality", sa.String(length=20), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("sealed_what", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
    )
    op.create_index("ix_action_owner", "action", ["owner"], unique=False)
    op.create_index("ix_action_room", "action", ["room"], unique=False)
    op.create_table(
        "action_category",
        sa.Column("action", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["action"], ["action.id"], name=op.f("fk_action_category_action"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("action", "category", name=op.f("pk_action_category")),
    )
    op.create_table(
        "action_named",
        sa.Column("action", sa.Uuid(), nullable=False),
        sa.Column("named", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["action"], ["action.id"], name=op.f("fk_action_named_action"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("action", "named", name=op.f("pk_action_named")),
    )
    op.create_table(
        "action_origin",
        sa.Column("action", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["action"], ["action.id"], name=op.f("fk_action_origin_action"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("action", "origin", name=op.f("pk_action_origin")),
    )
    op.create_table(
        "action_shown_to",
        sa.Column("action", sa.Uuid(), nullable=False),
        sa.Column("shown_to", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["action"], ["action.id"], name=op.f("fk_action_shown_to_action"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("action", "shown_to", name=op.f("pk_action_shown_to")),
    )
    op.create_table(
        "action_step",
        sa.Column("action", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("moved_by", sa.Uuid(), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["action"], ["action.id"], name=op.f("fk_action_step_action"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("action", "version", name=op.f("pk_action_step")),
    )
    op.create_table(
        "action_subject",
        sa.Column("action", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["action"], ["action.id"], name=op.f("fk_action_subject_action"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("action", "subject", name=op.f("pk_action_subject")),
    )
