"""The tables of actions. What people wrote is sealed under the room's key; the label is not.

A thing's categories, origins, subjects and named persons stand in join tables, so that every
question about them is a keyed query.
"""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table, Uuid

from server.kernel.tables import Instant, metadata

action = Table(
    "action",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room", Uuid, nullable=False),
    Column("owner", Uuid, nullable=False),
    Column("serves", Uuid, nullable=False),
    Column("due", Date, nullable=False),
    Column("state", String(20), nullable=False),
    Column("carried", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("confidentiality", String(20), nullable=False),
    Column("added_by", Uuid, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("sealed_what", LargeBinary, nullable=False),
    Index("ix_action_room", "room"),
    Index("ix_action_owner", "owner"),
)

action_step = Table(
    "action_step",
    metadata,
    Column("action", Uuid, ForeignKey("action.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", String(20), nullable=False),
    Column("due", Date, nullable=False),
    Column("moved_by", Uuid, nullable=False),
    Column("moved_at", Instant, nullable=False),
    Column("sealed_reason", LargeBinary),
)


def _joined(name: str, column: Column[object]) -> Table:
    return Table(
        name,
        metadata,
        Column("action", Uuid, ForeignKey("action.id", ondelete="CASCADE"), primary_key=True),
        column,
    )


action_category = _joined("action_category", Column("category", String(40), primary_key=True))
action_origin = _joined("action_origin", Column("origin", String(64), primary_key=True))
action_subject = _joined("action_subject", Column("subject", Uuid, primary_key=True))
action_named = _joined("action_named", Column("named", Uuid, primary_key=True))
action_shown_to = _joined("action_shown_to", Column("shown_to", Uuid, primary_key=True))
