"""The tables of the log. They refer to no other table: what they tell outlives every row.

Entries, leaves and checkpoints are only ever added to, and the database itself refuses anything
else; whoever gets round that is found by the tree. An entry's row stands in the outbox from the
same statement on, whoever wrote it. Only details, pseudonyms and what is still being counted may
be deleted.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    event,
)

from server.kernel.tables import Instant, metadata

# SQLite numbers rows by itself only in columns of this very type.
_Counter = BigInteger().with_variant(Integer, "sqlite")


def _leaf_columns() -> list[Column[Any]]:
    """Return a leaf's columns. Ids are plain bytes, so that one value has one spelling."""
    return [
        Column("id", LargeBinary(16), primary_key=True),
        Column("v", SmallInteger, nullable=False),
        Column("at_ms", BigInteger, nullable=False),
        Column("kind", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("actor", LargeBinary(16), nullable=True),
        Column("agency", LargeBinary(16), nullable=True),
        Column("room", LargeBinary(16), nullable=True),
        Column("thing", LargeBinary(16), nullable=True),
        Column("purpose", Text, nullable=True),
        Column("count", Integer, nullable=False),
        Column("commitment", LargeBinary(32), nullable=False),
    ]


audit_entry = Table(
    "audit_entry",
    metadata,
    *_leaf_columns(),
    Index("ix_audit_entry_at", "at_ms", "id"),
    Index("ix_audit_entry_actor", "actor", "at_ms"),
    Index("ix_audit_entry_room", "room", "at_ms"),
    Index("ix_audit_entry_agency", "agency", "at_ms"),
    Index("ix_audit_entry_kind", "kind", "at_ms"),
)

# Filled by a trigger on audit_entry; emptied by the sequencer.
audit_outbox = Table(
    "audit_outbox",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    Column("entry_id", LargeBinary(16), nullable=False),
    # Seconds since 1970 by the database's clock, for the age of the oldest one waiting.
    Column("put_at_s", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

audit_leaf = Table(
    "audit_leaf",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", LargeBinary(16), nullable=False, unique=True),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    # Binds the hash to its place, so that a swap of two rows is found at the very row.
    Column("placed", LargeBinary(32), nullable=False),
)

# Sealed under the room's key, or the house's where there is no live key of the room.
audit_detail = Table(
    "audit_detail",
    metadata,
    Column("entry_id", LargeBinary(16), primary_key=True),
    Column("sealed_in_room", LargeBinary(16), nullable=True),
    Column("sealed", LargeBinary, nullable=False),
)

# The same refusal over and over within a minute is counted here and becomes one entry after it.
audit_repeated = Table(
    "audit_repeated",
    metadata,
    *_leaf_columns(),
    Column("sameness", LargeBinary(32), nullable=False, unique=True),
)

audit_pseudonym = Table(
    "audit_pseudonym",
    metadata,
    Column("pseudonym", LargeBinary(16), primary_key=True),
    Column("kind", Text, nullable=False),  # member | agency | room
    Column("real", Text, nullable=False),
    UniqueConstraint("kind", "real"),
)

audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("tree_size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

# The log's one signing key, wrapped by the KMS, and its public half.
audit_signer = Table(
    "audit_signer",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("origin", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("public", LargeBinary(32), nullable=False),
    Column("made_at", Instant, nullable=False),
)

_ONLY_ADDED_TO = {"audit_entry": "id", "audit_leaf": "seq", "audit_checkpoint": "tree_size"}


def _sqlite_triggers() -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END"
    made = []
    for table, key in _ONLY_ADDED_TO.items():
        made += [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
            # INSERT OR REPLACE deletes the old row without asking the delete trigger.
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608  names of ours
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) {refuse}",
        ]
    return [
        *made,
        "CREATE TRIGGER audit_entry_waits AFTER INSERT ON audit_entry BEGIN "
        "INSERT INTO audit_outbox (entry_id, put_at_s) VALUES (NEW.id, unixepoch()); END",
    ]


def _postgres_triggers() -> list[str]:
    refuse = "BEGIN RAISE EXCEPTION 'the log is only added to'; END"
    wait = (
        "BEGIN INSERT INTO audit_outbox (entry_id, put_at_s) "
        "VALUES (NEW.id, extract(epoch FROM clock_timestamp())::bigint); RETURN NULL; END"
    )
    return [
        f"CREATE FUNCTION audit_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $${refuse}$$",
        f"CREATE FUNCTION audit_entry_waits() RETURNS trigger LANGUAGE plpgsql AS $${wait}$$",
        *(
            f"CREATE TRIGGER {table}_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added_to()"
            for table in _ONLY_ADDED_TO
        ),
        "CREATE TRIGGER audit_entry_waits AFTER INSERT ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_entry_waits()",
    ]


TRIGGERS = {"sqlite": _sqlite_triggers(), "postgresql": _postgres_triggers()}
"""The statements that make the log append-only, by dialect; each runs once, after the tables."""


@event.listens_for(metadata, "after_create")
def _add_triggers(
    _target: MetaData, connection: Connection, *, tables: Collection[Table] = (), **_rest: object
) -> None:
    if audit_entry in tables:
        for statement in TRIGGERS[connection.dialect.name]:
            connection.exec_driver_sql(statement)
