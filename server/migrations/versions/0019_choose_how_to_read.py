"""Keep how somebody of a family likes to read: in which language, and whether in easy read.

Phase: expand. The running version needs nothing: both columns may be empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("member", sa.Column("language", sa.String(length=8), nullable=True))
    op.add_column("member", sa.Column("easy_read", sa.Boolean(), nullable=True))
