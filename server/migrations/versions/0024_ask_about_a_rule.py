"""Keep what somebody of the family asks about a rule out of her own words, and the answer.

Phase: expand. The running version needs nothing: the table is new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "rule_wish",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Uuid(), nullable=False),
        sa.Column("wish", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("wish IN ('change', 'end')", name=op.f("ck_rule_wish_wish")),
        sa.ForeignKeyConstraint(["rule"], ["family_rule.id"], name=op.f("fk_rule_wish_rule")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_wish")),
    )
    op.create_index(op.f("ix_rule_wish_room"), "rule_wish", ["room"], unique=False)
