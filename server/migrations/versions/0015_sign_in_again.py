"""Keep when somebody signed in at her own service, and what she had typed before she did again.

Phase: expand. The running version needs nothing: the columns may be empty.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("sign_in_attempt", sa.Column("member", sa.Uuid(), nullable=True))
    op.add_column("sign_in_attempt", sa.Column("max_age_s", sa.Integer(), nullable=True))
    op.add_column("sign_in_attempt", sa.Column("kept", sa.LargeBinary(), nullable=True))
    op.add_column("session", sa.Column("proved_at", Instant(), nullable=True))
    op.add_column("session", sa.Column("kept", sa.LargeBinary(), nullable=True))
