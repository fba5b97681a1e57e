"""Record the whole of a decision about sharing.

Phase: expand. The running version needs nothing: the table is new, and each column has a default.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the columns and the table."""
    for column in (
        sa.Column("what", sa.Text(), nullable=False, server_default=""),
        sa.Column("outside_to", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("outside_how", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("lawful_basis", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("criminal_condition", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("duty", sa.Boolean(), nullable=True),
        sa.Column("detriment", sa.Text(), nullable=False, server_default=""),
        sa.Column("proportion", sa.Text(), nullable=False, server_default=""),
        sa.Column("asked_as", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("told_as", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("review_words", sa.Text(), nullable=False, server_default=""),
    ):
        op.add_column("sharing_decision", column)
    op.create_table(
        "sharing_decision_category",
        sa.Column("sharing_decision", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["sharing_decision"],
            ["sharing_decision.id"],
            name=op.f("fk_sharing_decision_category_sharing_decision"),
        ),
        sa.PrimaryKeyConstraint(
            "sharing_decision", "category", name=op.f("pk_sharing_decision_category")
        ),
    )
