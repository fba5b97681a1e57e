"""Make the parts of plans and every change of their words.

Phase: expand. The running version needs nothing: these tables are new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "live_hub",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_hub")),
    )
    op.create_table(
        "section",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("under", sa.String(length=64), nullable=False),
        sa.Column("heading", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("confidentiality", sa.String(length=64), nullable=False),
        sa.Column("author", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section")),
    )
    op.create_index("ix_section_room", "section", ["room", "position"], unique=False)
    op.create_table(
        "open_stretch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("hub", sa.Uuid(), nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('reading', 'writing')", name=op.f("ck_open_stretch_kind")),
        sa.ForeignKeyConstraint(["section"], ["section.id"], name=op.f("fk_open_stretch_section")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_stretch")),
    )
    op.create_index(op.f("ix_open_stretch_hub"), "open_stretch", ["hub"], unique=False)
    op.create_index(op.f("ix_open_stretch_section"), "open_stretch", ["section"], unique=False)
    op.create_table(
        "section_category",
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["section"], ["section.id"], name=op.f("fk_section_category_section")
        ),
        sa.PrimaryKeyConstraint("section", "category", name=op.f("pk_section_category")),
    )
    op.create_table(
        "section_client",
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("client", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("bound_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section"], ["section.id"], name=op.f("fk_section_client_section")
        ),
        sa.PrimaryKeyConstraint("section", "client", name=op.f("pk_section_client")),
    )
    op.create_table(
        "section_history",
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("set_aside", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section"], ["section.id"], name=op.f("fk_section_history_section")
        ),
        sa.PrimaryKeyConstraint("section", "seq", name=op.f("pk_section_history")),
    )
    op.create_table(
        "section_named",
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["section"], ["section.id"], name=op.f("fk_section_named_section")),
        sa.PrimaryKeyConstraint("section", "member", name=op.f("pk_section_named")),
    )
    op.create_table(
        "section_origin",
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["section"], ["section.id"], name=op.f("fk_section_origin_section")
        ),
        sa.PrimaryKeyConstraint("section", "agency", name=op.f("pk_section_origin")),
    )
    op.create_table(
        "section_shown_to",
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section"], ["section.id"], name=op.f("fk_section_shown_to_section")
        ),
        sa.PrimaryKeyConstraint("section", "member", name=op.f("pk_section_shown_to")),
    )
    op.create_table(
        "section_snapshot",
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("upto_seq", sa.BigInteger(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section"], ["section.id"], name=op.f("fk_section_snapshot_section")
        ),
        sa.PrimaryKeyConstraint("section", name=op.f("pk_section_snapshot")),
    )
    op.create_table(
        "section_subject",
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section"], ["section.id"], name=op.f("fk_section_subject_section")
        ),
        sa.PrimaryKeyConstraint("section", "person", name=op.f("pk_section_subject")),
    )
    op.create_table(
        "section_update",
        sa.Column("section", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("set_aside", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section"], ["section.id"], name=op.f("fk_section_update_section")
        ),
        sa.PrimaryKeyConstraint("section", "seq", name=op.f("pk_section_update")),
    )
