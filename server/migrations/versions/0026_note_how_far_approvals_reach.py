"""Keep with an approval how far it was shown to reach among people.

Phase: expand. Approvals of before reached nobody as far as is known: those still to take effect
are asked for again, unless they touch nobody.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Add the column."""
    with op.batch_alter_table("isa_approval") as table:
        table.add_column(sa.Column("how_far", sa.Text(), nullable=False, server_default="0:"))
