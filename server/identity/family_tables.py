"""Rows of the family's own door: codes, passkeys and PINs. None stands here, only its hash."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
)

from server.kernel.tables import Instant, metadata

HASH_BYTES = 32
CREDENTIAL_BYTES = 1023
CHALLENGE_BYTES = 64

# The newest code of somebody of a family; a newer one takes its place.
family_code = Table(
    "family_code",
    metadata,
    Column("member", Uuid, ForeignKey("member.id"), primary_key=True),
    # The first four digits, by which a code is found; none once it is used or its time is up.
    Column("finder", String(4), unique=True),
    Column("code_hash", LargeBinary(HASH_BYTES), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Uuid, ForeignKey("member.id"), nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("used_at", Instant),
)

# How somebody of a family comes in again: by a passkey, or by a name that we gave her and a PIN.
own_sign_in = Table(
    "own_sign_in",
    metadata,
    Column("member", Uuid, ForeignKey("member.id"), primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("credential", LargeBinary(CREDENTIAL_BYTES), unique=True),
    Column("public_key", LargeBinary),
    Column("signs", Integer),
    Column("name_hash", LargeBinary(HASH_BYTES), unique=True),
    Column("pin_hash", String(200)),
    # Wrong PINs in a row.
    Column("tries", Integer, nullable=False),
    CheckConstraint(
        "(credential IS NOT NULL AND public_key IS NOT NULL AND signs IS NOT NULL"
        " AND name_hash IS NULL AND pin_hash IS NULL)"
        " OR (credential IS NULL AND public_key IS NULL AND signs IS NULL"
        " AND name_hash IS NOT NULL AND pin_hash IS NOT NULL)",
        name="passkey_or_pin",
    ),
)

# What a device was asked to sign, once, in the browser or session that asked.
passkey_question = Table(
    "passkey_question",
    metadata,
    Column("challenge", LargeBinary(CHALLENGE_BYTES), primary_key=True),
    Column("asked_in", LargeBinary(HASH_BYTES), nullable=False),
    Column("begun_at", Instant, nullable=False, index=True),
)
