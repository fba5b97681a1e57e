"""Keep the rules that came from a family's own words; say how what protects somebody ended.

Phase: expand. The running version needs nothing: the tables are new, each column has a default.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the tables and the columns."""
    op.create_table(
        "family_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("sort", sa.String(length=64), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_why", sa.Text(), nullable=False, server_default=""),
        sa.CheckConstraint("sort IN ('never', 'only')", name=op.f("ck_family_rule_sort")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_rule")),
    )
    op.create_index(op.f("ix_family_rule_room"), "family_rule", ["room"], unique=False)
    op.create_table(
        "family_rule_part",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("member", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("agency", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["rule"], ["family_rule.id"], name=op.f("fk_family_rule_part_rule")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_rule_part")),
    )
    op.create_index(op.f("ix_family_rule_part_rule"), "family_rule_part", ["rule"], unique=False)
    sort = sa.Column("sort", sa.String(length=64), nullable=False, server_default="other")
    op.add_column("exclusion", sort)
    for column in (
        sa.Column("words", sa.Text(), nullable=False, server_default=""),
        sa.Column("reviewed_at", Instant(), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
    ):
        op.add_column("safety_marker", column)
    for table in ("exclusion", "safety_marker"):
        op.add_column(table, sa.Column("lifted_by", sa.Uuid(), nullable=True))
        why = sa.Column("lifted_why", sa.Text(), nullable=False, server_default="")
        op.add_column(table, why)
