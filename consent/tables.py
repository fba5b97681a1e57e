"""The tables of families, of what they agreed, and of what else opens or closes a thing.

A thing's categories and subjects stand in rows of their own, never in one field. Consent rows
are only ever added: a later version replaces an earlier one, which stays readable.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
)

from server.kernel.tables import Instant, metadata

CODE = String(64)

# ---------------------------------------------------------------- families

family = Table(
    "family",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("recorded_by", Uuid, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("family", Uuid, ForeignKey("family.id"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("name_key", String(200), nullable=False, index=True),
    Column("born", Date),
    Column("reach", Text, nullable=False, default=""),
    Column("place", Integer, nullable=False),
)

relationship = Table(
    "relationship",
    metadata,
    Column("person", Uuid, ForeignKey("person.id"), primary_key=True),
    Column("to_person", Uuid, ForeignKey("person.id"), primary_key=True, index=True),
    Column("kind", CODE, nullable=False),
    Column("parental_responsibility", Boolean, nullable=False),
)

help_offered = Table(
    "help_offered",
    metadata,
    Column("room", Uuid, primary_key=True),
    Column("offered_at", Instant, nullable=False),
    Column("offered_by", Uuid, nullable=False),
    Column("agency", CODE, nullable=False),
    Column("declined_at", Instant, nullable=False),
    Column("people_asked", Integer, nullable=False),
)

# ---------------------------------------------------------------- what the family agreed

consent = Table(
    "consent",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("room", Uuid, nullable=False),
    Column("giver", Uuid, nullable=False),
    Column("capacity", CODE, nullable=False),
    Column("engaged", Boolean, nullable=False),
    Column("state", CODE, nullable=False),
    Column("how", CODE, nullable=False),
    Column("interpreter", String(200), nullable=False),
    Column("witness", String(200), nullable=False),
    Column("competence", Text, nullable=False),
    Column("own_words", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("review_on", Date, nullable=False),
    Column("recorder", Uuid, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("supersedes", Integer),
    # Random: what was read of a room's versions is the same as long as the stamps are the same.
    Column("stamp", Uuid, nullable=False),
    Index(None, "room", "giver"),
)

consent_subject = Table(
    "consent_subject",
    metadata,
    Column("consent", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("subject", Uuid, primary_key=True),
    ForeignKeyConstraint(["consent", "version"], ["consent.id", "consent.version"]),
)

consent_explained = Table(
    "consent_explained",
    metadata,
    Column("consent", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("explained", CODE, primary_key=True),
    ForeignKeyConstraint(["consent", "version"], ["consent.id", "consent.version"]),
)

consent_line = Table(
    "consent_line",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room", Uuid, nullable=False),
    Column("consent", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("giver", Uuid, nullable=False),
    Column("capacity", CODE, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("agency", CODE, nullable=False),
    Column("member", Uuid),
    Column("person", Uuid),
    Column("category", CODE, nullable=False),
    Column("purpose", CODE, nullable=False),
    Column("choice", String(8), nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    CheckConstraint("choice IN ('yes', 'no', 'ask_me')", name="choice"),
    CheckConstraint("member IS NULL OR person IS NULL", name="one_name"),
    ForeignKeyConstraint(["consent", "version"], ["consent.id", "consent.version"]),
    Index(None, "room", "agency", "category"),
    Index(None, "consent", "version"),
)

consent_evidence = Table(
    "consent_evidence",
    metadata,
    Column("consent", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    # A document, which another package keeps: named here and opened there.
    Column("document", Uuid, primary_key=True),
    Column("named_by", Uuid, nullable=False),
    Column("named_at", Instant, nullable=False),
    ForeignKeyConstraint(["consent", "version"], ["consent.id", "consent.version"]),
)

withdrawal_confirmation = Table(
    "withdrawal_confirmation",
    metadata,
    Column("consent", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("agency", CODE, primary_key=True),
    Column("confirmed_at", Instant, nullable=False),
    Column("recorded_by", Uuid, nullable=False),
    Column("note", Text, nullable=False),
)

less_safe_question = Table(
    "less_safe_question",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room", Uuid, nullable=False, index=True),
    Column("consent", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("asked_of", Uuid, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("answered_by", Uuid),
    Column("less_safe", Boolean),
    Column("words", Text, nullable=False),
)

# ---------------------------------------------------------------- what closes a thing

exclusion = Table(
    "exclusion",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room", Uuid, nullable=False, index=True),
    Column("thing", Uuid),
    Column("member", Uuid),
    Column("person", Uuid),
    Column("why", Text, nullable=False),
    Column("set_by", Uuid, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("until", Instant),
    Column("sort", CODE, nullable=False, server_default="other"),
    Column("lifted_at", Instant),
    Column("lifted_by", Uuid),
    Column("lifted_why", Text, nullable=False, server_default=""),
    CheckConstraint("member IS NOT NULL OR person IS NOT NULL", name="against_somebody"),
)

family_rule = Table(
    "family_rule",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room", Uuid, nullable=False, index=True),
    Column("said_by", Uuid, nullable=False),
    Column("words", Text, nullable=False),
    Column("sort", CODE, nullable=False),
    Column("set_by", Uuid, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("lifted_at", Instant),
    Column("lifted_by", Uuid),
    Column("lifted_why", Text, nullable=False, server_default=""),
    CheckConstraint("sort IN ('never', 'only')", name="sort"),
)

family_rule_part = Table(
    "family_rule_part",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("rule", Uuid, ForeignKey("family_rule.id"), nullable=False, index=True),
    Column("category", CODE),
    Column("subject", Uuid),
    Column("member", Uuid),
    Column("person", Uuid),
    Column("agency", CODE),
)
"""What a rule is about and whom it names: one value a row."""

rule_wish = Table(
    "rule_wish",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room", Uuid, nullable=False, index=True),
    Column("rule", Uuid, ForeignKey("family_rule.id"), nullable=False),
    Column("wish", CODE, nullable=False),
    Column("asked_by", Uuid, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("sealed_words", LargeBinary, nullable=False),
    Column("answered_at", Instant),
    Column("answered_by", Uuid),
    Column("sealed_answer", LargeBinary),
    CheckConstraint("wish IN ('change', 'end')", name="wish"),
)

safety_marker = Table(
    "safety_marker",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room", Uuid, nullable=False, index=True),
    Column("kind", CODE, nullable=False),
    Column("protects", Uuid),
    Column("category", CODE),
    Column("thing", Uuid),
    Column("member", Uuid),
    Column("person", Uuid),
    Column("basis", Text, nullable=False),
    Column("set_by", Uuid, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("review_on", Date),
    Column("words", Text, nullable=False, server_default=""),
    Column("reviewed_at", Instant),
    Column("reviewed_by", Uuid),
    Column("lifted_at", Instant),
    Column("lifted_by", Uuid),
    Column("lifted_why", Text, nullable=False, server_default=""),
    CheckConstraint("member IS NOT NULL OR person IS NOT NULL", name="against_somebody"),
)

# ---------------------------------------------------------------- decisions about sharing

sharing_decision = Table(
    "sharing_decision",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room", Uuid, nullable=False, index=True),
    Column("outcome", CODE, nullable=False),
    Column("from_agency", CODE, nullable=False),
    Column("purpose", CODE, nullable=False),
    Column("legal_ground", CODE, nullable=False),
    Column("condition", String(200), nullable=False),
    Column("why", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("advice", Text, nullable=False),
    Column("limits", Text, nullable=False),
    Column("decided_by", Uuid, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("until", Instant),
    Column("ended_at", Instant),
    Column("reviewed_by", Uuid),
    Column("reviewed_at", Instant),
    Column("review", CODE),
    Column("what", Text, nullable=False, server_default=""),
    Column("outside_to", String(200), nullable=False, server_default=""),
    Column("outside_how", CODE, nullable=False, server_default=""),
    Column("lawful_basis", CODE, nullable=False, server_default=""),
    Column("criminal_condition", CODE, nullable=False, server_default=""),
    Column("duty", Boolean),
    Column("detriment", Text, nullable=False, server_default=""),
    Column("proportion", Text, nullable=False, server_default=""),
    Column("asked_as", CODE, nullable=False, server_default=""),
    Column("told_as", CODE, nullable=False, server_default=""),
    Column("review_words", Text, nullable=False, server_default=""),
    CheckConstraint("outcome IN ('share', 'not_share')", name="outcome"),
)

sharing_decision_category = Table(
    "sharing_decision_category",
    metadata,
    Column("sharing_decision", Uuid, ForeignKey("sharing_decision.id"), primary_key=True),
    Column("category", CODE, primary_key=True),
)

sharing_decision_subject = Table(
    "sharing_decision_subject",
    metadata,
    Column("sharing_decision", Uuid, ForeignKey("sharing_decision.id"), primary_key=True),
    Column("subject", Uuid, primary_key=True),
)

sharing_decision_thing = Table(
    "sharing_decision_thing",
    metadata,
    Column("sharing_decision", Uuid, ForeignKey("sharing_decision.id"), primary_key=True),
    Column("thing", Uuid, primary_key=True),
)

sharing_decision_recipient = Table(
    "sharing_decision_recipient",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("sharing_decision", Uuid, ForeignKey("sharing_decision.id"), nullable=False, index=True),
    Column("agency", CODE, nullable=False),
    Column("member", Uuid),
)

# ---------------------------------------------------------------- emergency access

emergency_access = Table(
    "emergency_access",
    metadata,
    Column("id", Uuid, primary_key=True),
    # Of an unknown reference: the id of no room. What was asked for looks the same either way.
    Column("room", Uuid, nullable=False, index=True),
    Column("reference", String(16), nullable=False),
    Column("asked_by", Uuid, nullable=False, index=True),
    Column("agency", CODE, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("answered_by", Uuid),
    Column("answered_at", Instant),
    Column("until", Instant),
    Column("ended_at", Instant),
    Column("reviewed_by", Uuid),
    Column("reviewed_at", Instant),
    Column("review", CODE),
    Column("review_words", Text, nullable=False),
)

# ---------------------------------------------------------------- the duty to share

duty_start = Table(
    "duty_start",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("starts_on", Date, nullable=False),
    Column("confirmed_by", Uuid, nullable=False),
    Column("confirmed_at", Instant, nullable=False),
)

# ---------------------------------------------------------------- bells

# Rung in one process, and found here by the others within a second; gone after ten.
rung_bell = Table(
    "rung_bell",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room", Uuid, nullable=False, index=True),
    Column("rung_at", Instant, nullable=False),
    Column("what", CODE, nullable=False),
    Column("label", Text, nullable=False),
    Column("told", Text),
)
