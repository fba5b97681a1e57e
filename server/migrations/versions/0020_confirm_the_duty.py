"""Keep from when the duty to share applies here, as it was confirmed.

Phase: expand. The running version needs nothing: the table is new. Until somebody has confirmed
the day, no new decision rests on the duty; those that were recorded stand.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "duty_start",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_start")),
    )
