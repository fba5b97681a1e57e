"""Make agencies, members, teams and places.

Phase: expand. The running version needs nothing: these tables are new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "agency",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sector", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_agency")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("next_meeting_at", Instant(), nullable=True),
        sa.Column("call_link", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("reference", name=op.f("uq_team_reference")),
    )
    op.create_index(op.f("ix_team_family"), "team", ["family"], unique=False)
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=True),
        sa.Column("work_mail", sa.String(length=254), nullable=True),
        sa.Column("role_title", sa.String(length=200), nullable=True),
        sa.Column("office", sa.String(length=64), nullable=True),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "(agency IS NOT NULL AND work_mail IS NOT NULL AND person IS NULL) OR (agency IS NULL AND work_mail IS NULL AND office IS NULL AND person IS NOT NULL)",
            name=op.f("ck_member_practitioner_or_family"),
        ),
        sa.ForeignKeyConstraint(["agency"], ["agency.code"], name=op.f("fk_member_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("agency", "work_mail", name=op.f("uq_member_agency_work_mail")),
        sa.UniqueConstraint("person", name=op.f("uq_member_person")),
    )
    op.create_table(
        "member_claim",
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_member_claim_member")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_member_claim")),
        sa.UniqueConstraint("member", name=op.f("uq_member_claim_member")),
    )
    op.create_table(
        "seat",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("joined_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["invited_by"], ["member.id"], name=op.f("fk_seat_invited_by")),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_seat_member")),
        sa.ForeignKeyConstraint(["room"], ["team.id"], name=op.f("fk_seat_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
    )
    op.create_index(op.f("ix_seat_member"), "seat", ["member"], unique=False)
    op.create_index(
        "uq_seat_standing",
        "seat",
        ["room", "member"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "seat_purpose",
        sa.Column("seat", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["seat"], ["seat.id"], name=op.f("fk_seat_purpose_seat")),
        sa.PrimaryKeyConstraint("seat", "purpose", name=op.f("pk_seat_purpose")),
    )
