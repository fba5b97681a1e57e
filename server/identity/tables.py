"""Rows of sign-in: attempts under way and sessions. No token stands here, only its hash."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, Uuid

from server.kernel.tables import Instant, metadata

HASH_BYTES = 32

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("state_hash", LargeBinary(HASH_BYTES), primary_key=True),
    # The browser it began in; another browser cannot end it.
    Column("browser_hash", LargeBinary(HASH_BYTES), nullable=False),
    Column("provider", String(32), nullable=False),
    Column("nonce", String(64), nullable=False),
    Column("code_verifier", String(128), nullable=False),
    Column("redirect_uri", String(500), nullable=False),
    Column("return_to", String(500), nullable=False),
    Column("begun_at", Instant, nullable=False, index=True),
    # Where somebody is asked to sign in again: who, how fresh, and what she had typed, sealed
    # under the browser's token.
    Column("member", Uuid),
    Column("max_age_s", Integer),
    Column("kept", LargeBinary),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary(HASH_BYTES), primary_key=True),
    Column("member", Uuid, ForeignKey("member.id"), nullable=False, index=True),
    Column("provider", String(32), nullable=False),
    Column("signed_in_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("idle_min", Integer, nullable=False),
    # Never moved: however busy, a session ends here.
    Column("ends_at", Instant, nullable=False, index=True),
    # When she signed in at her sign-in service, if it said so.
    Column("proved_at", Instant),
    # What she had typed before she was asked to sign in again, sealed under the session's token.
    Column("kept", LargeBinary),
)
