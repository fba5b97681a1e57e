"""Make the tamper-evident log; its tables only grow.

Phase: expand. The running version needs nothing: these tables are new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0003"
down_revision = "0002"

TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END",
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END",
        "CREATE TRIGGER audit_entry_no_replace BEFORE INSERT ON audit_entry WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END",
        "CREATE TRIGGER audit_leaf_no_update BEFORE UPDATE ON audit_leaf BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END",
        "CREATE TRIGGER audit_leaf_no_delete BEFORE DELETE ON audit_leaf BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END",
        "CREATE TRIGGER audit_leaf_no_replace BEFORE INSERT ON audit_leaf WHEN EXISTS (SELECT 1 FROM audit_leaf WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END",
        "CREATE TRIGGER audit_checkpoint_no_update BEFORE UPDATE ON audit_checkpoint BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END",
        "CREATE TRIGGER audit_checkpoint_no_delete BEFORE DELETE ON audit_checkpoint BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END",
        "CREATE TRIGGER audit_checkpoint_no_replace BEFORE INSERT ON audit_checkpoint WHEN EXISTS (SELECT 1 FROM audit_checkpoint WHERE tree_size = NEW.tree_size) BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END",
        "CREATE TRIGGER audit_entry_waits AFTER INSERT ON audit_entry BEGIN INSERT INTO audit_outbox (entry_id, put_at_s) VALUES (NEW.id, unixepoch()); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'the log is only added to'; END$$",
        "CREATE FUNCTION audit_entry_waits() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO audit_outbox (entry_id, put_at_s) VALUES (NEW.id, extract(epoch FROM clock_timestamp())::bigint); RETURN NULL; END$$",
        "CREATE TRIGGER audit_entry_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added_to()",
        "CREATE TRIGGER audit_leaf_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaf FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added_to()",
        "CREATE TRIGGER audit_checkpoint_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added_to()",
        "CREATE TRIGGER audit_entry_waits AFTER INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_waits()",
    ),
}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "audit_checkpoint",
        sa.Column("tree_size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tree_size", name=op.f("pk_audit_checkpoint")),
    )
    op.create_table(
        "audit_detail",
        sa.Column("entry_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sealed_in_room", sa.LargeBinary(length=16), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_detail")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("v", sa.SmallInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("actor", sa.LargeBinary(length=16), nullable=True),
        sa.Column("agency", sa.LargeBinary(length=16), nullable=True),
        sa.Column("room", sa.LargeBinary(length=16), nullable=True),
        sa.Column("thing", sa.LargeBinary(length=16), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor", "at_ms"], unique=False)
    op.create_index("ix_audit_entry_agency", "audit_entry", ["agency", "at_ms"], unique=False)
    op.create_index("ix_audit_entry_at", "audit_entry", ["at_ms", "id"], unique=False)
    op.create_index("ix_audit_entry_kind", "audit_entry", ["kind", "at_ms"], unique=False)
    op.create_index("ix_audit_entry_room", "audit_entry", ["room", "at_ms"], unique=False)
    op.create_table(
        "audit_leaf",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("placed", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_leaf")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_leaf_entry_id")),
    )
    op.create_table(
        "audit_outbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("entry_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("put_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audit_pseudonym",
        sa.Column("pseudonym", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("real", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pseudonym", name=op.f("pk_audit_pseudonym")),
        sa.UniqueConstraint("kind", "real", name=op.f("uq_audit_pseudonym_kind_real")),
    )
    op.create_table(
        "audit_repeated",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("v", sa.SmallInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("actor", sa.LargeBinary(length=16), nullable=True),
        sa.Column("agency", sa.LargeBinary(length=16), nullable=True),
        sa.Column("room", sa.LargeBinary(length=16), nullable=True),
        sa.Column("thing", sa.LargeBinary(length=16), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sameness", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_repeated")),
        sa.UniqueConstraint("sameness", name=op.f("uq_audit_repeated_sameness")),
    )
    op.create_table(
        "audit_signer",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_signer")),
    )

    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)
