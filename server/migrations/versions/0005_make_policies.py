"""Make agreements between agencies and what is in force.

Phase: expand. The running version needs nothing: these tables are new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "category",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_category")),
    )
    op.create_table(
        "isa",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("sort", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_isa")),
    )
    op.create_table(
        "purpose",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_purpose")),
    )
    op.create_table(
        "isa_party",
        sa.Column("isa", sa.String(length=64), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["isa"], ["isa.code"], name=op.f("fk_isa_party_isa")),
        sa.PrimaryKeyConstraint("isa", "agency", "since", name=op.f("pk_isa_party")),
    )
    op.create_table(
        "isa_revision",
        sa.Column("isa", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("clauses", sa.Text(), nullable=False),
        sa.Column("laid_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["isa"], ["isa.code"], name=op.f("fk_isa_revision_isa")),
        sa.PrimaryKeyConstraint("isa", "number", name=op.f("pk_isa_revision")),
    )
    op.create_table(
        "isa_matrix",
        sa.Column("isa", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["isa", "number"],
            ["isa_revision.isa", "isa_revision.number"],
            name=op.f("fk_isa_matrix_isa_number"),
        ),
        sa.PrimaryKeyConstraint("isa", "number", "revision", name=op.f("pk_isa_matrix")),
    )
    op.create_table(
        "policy_revision",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("isa", sa.String(length=64), nullable=False),
        sa.Column("isa_number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("takes_effect_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["isa", "isa_number"],
            ["isa_revision.isa", "isa_revision.number"],
            name=op.f("fk_policy_revision_isa_isa_number"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_policy_revision")),
    )
    op.create_index(
        "ix_policy_revision_isa", "policy_revision", ["isa", "takes_effect_at"], unique=False
    )
