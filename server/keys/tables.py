"""The wrapped keys. Never a key in the clear: what stands here opens nothing without the KMS."""

from sqlalchemy import Column, Integer, LargeBinary, Table, UniqueConstraint, Uuid

from server.kernel.tables import Instant, metadata

wrapped_key = Table(
    "wrapped_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    # A room's id, or the zero id of the house. Not null: unique constraints overlook nulls, and
    # the house must not begin the same period twice either.
    Column("scope", Uuid, nullable=False),
    Column("period", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=True),
    Column("made_at", Instant, nullable=False),
    Column("destroyed_at", Instant, nullable=True),
    UniqueConstraint("scope", "period"),
)
