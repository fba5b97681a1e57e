"""${message}.

Why: (say it). Phase: expand | backfill | contract. Needs of the running version: none.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Bring the tables to the new shape."""
    ${upgrades if upgrades else "pass"}
