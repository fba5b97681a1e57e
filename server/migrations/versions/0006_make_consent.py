"""Make families, what they agreed, and decisions about sharing.

Phase: expand. The running version needs nothing: these tables are new.
"""

import sqlalchemy as sa
from alembic import op

from server.kernel.tables import Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("giver", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.String(length=64), nullable=False),
        sa.Column("engaged", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("how", sa.String(length=64), nullable=False),
        sa.Column("interpreter", sa.String(length=200), nullable=False),
        sa.Column("witness", sa.String(length=200), nullable=False),
        sa.Column("competence", sa.Text(), nullable=False),
        sa.Column("own_words", sa.Text(), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("recorder", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("supersedes", sa.Integer(), nullable=True),
        sa.Column("stamp", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_room_giver"), "consent", ["room", "giver"], unique=False)
    op.create_table(
        "exclusion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("thing", sa.Uuid(), nullable=True),
        sa.Column("member", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "member IS NOT NULL OR person IS NOT NULL", name=op.f("ck_exclusion_against_somebody")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion")),
    )
    op.create_index(op.f("ix_exclusion_room"), "exclusion", ["room"], unique=False)
    op.create_table(
        "family",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family")),
    )
    op.create_table(
        "help_offered",
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("offered_at", Instant(), nullable=False),
        sa.Column("offered_by", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("declined_at", Instant(), nullable=False),
        sa.Column("people_asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("room", name=op.f("pk_help_offered")),
    )
    op.create_table(
        "less_safe_question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("consent", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_of", sa.Uuid(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("less_safe", sa.Boolean(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_less_safe_question")),
    )
    op.create_index(
        op.f("ix_less_safe_question_room"), "less_safe_question", ["room"], unique=False
    )
    op.create_table(
        "safety_marker",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("protects", sa.Uuid(), nullable=True),
        sa.Column("category", sa.String(length=64), nullable=True),
        sa.Column("thing", sa.Uuid(), nullable=True),
        sa.Column("member", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "member IS NOT NULL OR person IS NOT NULL",
            name=op.f("ck_safety_marker_against_somebody"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_marker")),
    )
    op.create_index(op.f("ix_safety_marker_room"), "safety_marker", ["room"], unique=False)
    op.create_table(
        "sharing_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("from_agency", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("legal_ground", sa.String(length=64), nullable=False),
        sa.Column("condition", sa.String(length=200), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", Instant(), nullable=True),
        sa.Column("review", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('share', 'not_share')", name=op.f("ck_sharing_decision_outcome")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_decision")),
    )
    op.create_index(op.f("ix_sharing_decision_room"), "sharing_decision", ["room"], unique=False)
    op.create_table(
        "withdrawal_confirmation",
        sa.Column("consent", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "consent", "version", "agency", name=op.f("pk_withdrawal_confirmation")
        ),
    )
    op.create_table(
        "consent_explained",
        sa.Column("consent", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("explained", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent", "version"],
            ["consent.id", "consent.version"],
            name=op.f("fk_consent_explained_consent_version"),
        ),
        sa.PrimaryKeyConstraint(
            "consent", "version", "explained", name=op.f("pk_consent_explained")
        ),
    )
    op.create_table(
        "consent_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("consent", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("giver", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("choice", sa.String(length=8), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.CheckConstraint(
            "choice IN ('yes', 'no', 'ask_me')", name=op.f("ck_consent_line_choice")
        ),
        sa.CheckConstraint(
            "member IS NULL OR person IS NULL", name=op.f("ck_consent_line_one_name")
        ),
        sa.ForeignKeyConstraint(
            ["consent", "version"],
            ["consent.id", "consent.version"],
            name=op.f("fk_consent_line_consent_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_line")),
    )
    op.create_index(
        op.f("ix_consent_line_consent_version"),
        "consent_line",
        ["consent", "version"],
        unique=False,
    )
    op.create_index(
        op.f("ix_consent_line_room_agency_category"),
        "consent_line",
        ["room", "agency", "category"],
        unique=False,
    )
    op.create_table(
        "consent_subject",
        sa.Column("consent", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent", "version"],
            ["consent.id", "consent.version"],
            name=op.f("fk_consent_subject_consent_version"),
        ),
        sa.PrimaryKeyConstraint("consent", "version", "subject", name=op.f("pk_consent_subject")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("born", sa.Date(), nullable=True),
        sa.Column("reach", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["family"], ["family.id"], name=op.f("fk_person_family")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_family"), "person", ["family"], unique=False)
    op.create_index(op.f("ix_person_name_key"), "person", ["name_key"], unique=False)
    op.create_table(
        "sharing_decision_recipient",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sharing_decision", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sharing_decision"],
            ["sharing_decision.id"],
            name=op.f("fk_sharing_decision_recipient_sharing_decision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_decision_recipient")),
    )
    op.create_index(
        op.f("ix_sharing_decision_recipient_sharing_decision"),
        "sharing_decision_recipient",
        ["sharing_decision"],
        unique=False,
    )
    op.create_table(
        "sharing_decision_subject",
        sa.Column("sharing_decision", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sharing_decision"],
            ["sharing_decision.id"],
            name=op.f("fk_sharing_decision_subject_sharing_decision"),
        ),
        sa.PrimaryKeyConstraint(
            "sharing_decision", "subject", name=op.f("pk_sharing_decision_subject")
        ),
    )
    op.create_table(
        "sharing_decision_thing",
        sa.Column("sharing_decision", sa.Uuid(), nullable=False),
        sa.Column("thing", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sharing_decision"],
            ["sharing_decision.id"],
            name=op.f("fk_sharing_decision_thing_sharing_decision"),
        ),
        sa.PrimaryKeyConstraint(
            "sharing_decision", "thing", name=op.f("pk_sharing_decision_thing")
        ),
    )
    op.create_table(
        "relationship",
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("to_person", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("parental_responsibility", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_relationship_person")),
        sa.ForeignKeyConstraint(
            ["to_person"], ["person.id"], name=op.f("fk_relationship_to_person")
        ),
        sa.PrimaryKeyConstraint("person", "to_person", name=op.f("pk_relationship")),
    )
    op.create_index(op.f("ix_relationship_to_person"), "relationship", ["to_person"], unique=False)
