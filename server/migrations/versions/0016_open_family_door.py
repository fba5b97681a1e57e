"""Keep the family's own codes, passkeys and PINs.

Phase: expand. The running version needs nothing: the tables are new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "family_code",
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("finder", sa.String(length=4), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["member.id"], name=op.f("fk_family_code_made_by")),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_family_code_member")),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_family_code")),
        sa.UniqueConstraint("finder", name=op.f("uq_family_code_finder")),
    )
    op.create_table(
        "own_sign_in",
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column("credential", sa.LargeBinary(length=1023), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("signs", sa.Integer(), nullable=True),
        sa.Column("name_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("pin_hash", sa.String(length=200), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(credential IS NOT NULL AND public_key IS NOT NULL AND signs IS NOT NULL AND name_hash IS NULL AND pin_hash IS NULL) OR (credential IS NULL AND public_key IS NULL AND signs IS NULL AND name_hash IS NOT NULL AND pin_hash IS NOT NULL)",
            name=op.f("ck_own_sign_in_passkey_or_pin"),
        ),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_own_sign_in_member")),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_own_sign_in")),
        sa.UniqueConstraint("credential", name=op.f("uq_own_sign_in_credential")),
        sa.UniqueConstraint("name_hash", name=op.f("uq_own_sign_in_name_hash")),
    )
    op.create_table(
        "passkey_question",
        sa.Column("challenge", sa.LargeBinary(length=64), nullable=False),
        sa.Column("asked_in", sa.LargeBinary(length=32), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("challenge", name=op.f("pk_passkey_question")),
    )
    op.create_index(
        op.f("ix_passkey_question_begun_at"), "passkey_question", ["begun_at"], unique=False
    )
