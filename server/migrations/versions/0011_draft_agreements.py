"""Keep drafts of agreements, who reviewed and signed them, and who approved what came of them.

Phase: expand. The running version needs nothing: the tables and the column are new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the tables, and the column for an agreement's text."""
    op.add_column("isa_revision", sa.Column("agreed_text", sa.Text(), nullable=True))
    op.create_table(
        "isa_draft",
        sa.Column("isa", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("isa", "number", name=op.f("pk_isa_draft")),
    )
    op.create_table(
        "isa_author",
        sa.Column("isa", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("isa", "number", "member", name=op.f("pk_isa_author")),
    )
    op.create_table(
        "isa_signature",
        sa.Column("isa", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint(
            "isa", "number", "agency", "kind", "at", name=op.f("pk_isa_signature")
        ),
    )
    op.create_table(
        "isa_approval",
        sa.Column("isa", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("difference", sa.String(length=64), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("takes_effect_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("isa", "number", name=op.f("pk_isa_approval")),
    )
