"""Name the document that is the evidence of what somebody agreed.

Phase: expand. The running version needs nothing: the table is new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "consent_evidence",
        sa.Column("consent", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Uuid(), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=False),
        sa.Column("named_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent", "version"],
            ["consent.id", "consent.version"],
            name=op.f("fk_consent_evidence_consent_version"),
        ),
        sa.PrimaryKeyConstraint("consent", "version", "document", name=op.f("pk_consent_evidence")),
    )
