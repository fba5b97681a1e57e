"""Keep who accepted which version of the confidentiality statement.

Phase: expand. The running version needs nothing: the table is new. Everybody accepts it at the
next entry.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "statement_acceptance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member"], ["member.id"], name=op.f("fk_statement_acceptance_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_acceptance")),
    )
    op.create_index(
        "ix_statement_acceptance_member",
        "statement_acceptance",
        ["member", "accepted_at"],
        unique=False,
    )
