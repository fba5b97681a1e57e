"""Make documents.

Phase: expand. The running version needs nothing: these tables are new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("file_type", sa.String(length=10), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("scan", sa.String(length=20), nullable=False),
        sa.Column("confidentiality", sa.String(length=20), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index("ix_document_room", "document", ["room"], unique=False)
    op.create_table(
        "document_category",
        sa.Column("document", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["document"],
            ["document.id"],
            name=op.f("fk_document_category_document"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document", "category", name=op.f("pk_document_category")),
    )
    op.create_table(
        "document_named",
        sa.Column("document", sa.Uuid(), nullable=False),
        sa.Column("named", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document"],
            ["document.id"],
            name=op.f("fk_document_named_document"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document", "named", name=op.f("pk_document_named")),
    )
    op.create_table(
        "document_opening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.Uuid(), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["document"],
            ["document.id"],
            name=op.f("fk_document_opening_document"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_opening")),
    )
    op.create_index("ix_document_opening_document", "document_opening", ["document"], unique=False)
    op.create_table(
        "document_origin",
        sa.Column("document", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["document"],
            ["document.id"],
            name=op.f("fk_document_origin_document"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document", "origin", name=op.f("pk_document_origin")),
    )
    op.create_table(
        "document_shown_to",
        sa.Column("document", sa.Uuid(), nullable=False),
        sa.Column("shown_to", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document"],
            ["document.id"],
            name=op.f("fk_document_shown_to_document"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document", "shown_to", name=op.f("pk_document_shown_to")),
    )
    op.create_table(
        "document_subject",
        sa.Column("document", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document"],
            ["document.id"],
            name=op.f("fk_document_subject_document"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document", "subject", name=op.f("pk_document_subject")),
    )
