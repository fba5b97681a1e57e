"""Rows of who is who: agencies, members, the sign-ins that are theirs, teams and their places."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from server.kernel.tables import Instant, metadata

CODE_LENGTH = 64
NAME_LENGTH = 200
MAIL_LENGTH = 254
ADDRESS_LENGTH = 500
LANGUAGE_LENGTH = 8

agency = Table(
    "agency",
    metadata,
    Column("code", String(CODE_LENGTH), primary_key=True),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("sector", String(CODE_LENGTH), nullable=False),
)

member = Table(
    "member",
    metadata,
    Column("id", Uuid, primary_key=True),
    # A practitioner has an agency and a work mail, a family member a person: never both.
    Column("agency", String(CODE_LENGTH), ForeignKey("agency.code")),
    Column("work_mail", String(MAIL_LENGTH)),
    Column("role_title", String(NAME_LENGTH)),
    Column("office", String(CODE_LENGTH)),
    # No foreign key: a family's record stands above the directory.
    Column("person", Uuid, unique=True),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("added_at", Instant, nullable=False),
    # How somebody of a family likes to read; nothing until she chose.
    Column("language", String(LANGUAGE_LENGTH)),
    Column("easy_read", Boolean),
    CheckConstraint(
        "(agency IS NOT NULL AND work_mail IS NOT NULL AND person IS NULL)"
        " OR (agency IS NULL AND work_mail IS NULL AND office IS NULL AND person IS NOT NULL)",
        name="practitioner_or_family",
    ),
    UniqueConstraint("agency", "work_mail"),
)

member_claim = Table(
    "member_claim",
    metadata,
    Column("issuer", String(ADDRESS_LENGTH), primary_key=True),
    Column("subject", String(255), primary_key=True),
    # Unique: a pending member is claimed once, and is then hers for ever.
    Column("member", Uuid, ForeignKey("member.id"), nullable=False, unique=True),
    Column("claimed_at", Instant, nullable=False),
)

team = Table(
    "team",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("family", Uuid, nullable=False, index=True),
    Column("reference", String(16), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("next_meeting_at", Instant),
    Column("call_link", String(ADDRESS_LENGTH)),
)

seat = Table(
    "seat",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room", Uuid, ForeignKey("team.id"), nullable=False, index=True),
    Column("member", Uuid, ForeignKey("member.id"), nullable=False, index=True),
    # No foreign key: the family has a code here and is no agency.
    Column("agency", String(CODE_LENGTH), nullable=False),
    Column("role", String(CODE_LENGTH), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("invited_by", Uuid, ForeignKey("member.id")),
    Column("joined_at", Instant),
    # A member has one standing place in a room, whoever invites her twice at once.
    Index(
        "uq_seat_standing",
        "room",
        "member",
        unique=True,
        sqlite_where=text("until IS NULL"),
        postgresql_where=text("until IS NULL"),
    ),
)

seat_purpose = Table(
    "seat_purpose",
    metadata,
    Column("seat", Uuid, ForeignKey("seat.id"), primary_key=True),
    Column("purpose", String(CODE_LENGTH), primary_key=True),
)

statement_acceptance = Table(
    "statement_acceptance",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("member", Uuid, ForeignKey("member.id"), nullable=False),
    Column("room", Uuid, nullable=False),
    Column("version", String(CODE_LENGTH), nullable=False),
    Column("accepted_at", Instant, nullable=False),
    Index("ix_statement_acceptance_member", "member", "accepted_at"),
)
