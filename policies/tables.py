"""The tables of the words, of the agreements and their versions, and of what is in force when.

Rows of versions, matrices and changes are only ever added.
"""

from sqlalchemy import (
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
HASH = String(64)
TITLE = String(200)

category = Table(
    "category",
    metadata,
    Column("code", CODE, primary_key=True),
    Column("words", TITLE, nullable=False),
    Column("position", Integer, nullable=False),
)

purpose = Table(
    "purpose",
    metadata,
    Column("code", CODE, primary_key=True),
    Column("words", TITLE, nullable=False),
    Column("position", Integer, nullable=False),
)

isa = Table(
    "isa",
    metadata,
    Column("code", CODE, primary_key=True),
    Column("sort", CODE, nullable=False),
)

isa_revision = Table(
    "isa_revision",
    metadata,
    Column("isa", CODE, ForeignKey("isa.code"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("title", TITLE, nullable=False),
    # The days as agreed, in London, and the instants they were turned into.
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("review_on", Date, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    # The clauses with their terms as canonical JSON: the text that was agreed, never edited.
    Column("clauses", Text, nullable=False),
    # The text's headings and its list of information, as canonical JSON; none was kept at first.
    Column("agreed_text", Text),
    Column("laid_at", Instant, nullable=False),
)

isa_matrix = Table(
    "isa_matrix",
    metadata,
    Column("isa", CODE, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    # What it was compiled from: model, words, groups, lines and day.
    Column("revision", HASH, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("content_hash", HASH, nullable=False),
    ForeignKeyConstraint(["isa", "number"], ["isa_revision.isa", "isa_revision.number"]),
)

isa_party = Table(
    "isa_party",
    metadata,
    Column("isa", CODE, ForeignKey("isa.code"), primary_key=True),
    Column("agency", CODE, primary_key=True),
    Column("since", Instant, primary_key=True),
    Column("state", CODE, nullable=False),
    Column("until", Instant),
)

isa_draft = Table(
    "isa_draft",
    metadata,
    # No foreign key: what is drafted may become the first version of a new agreement.
    Column("isa", CODE, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("stage", CODE, nullable=False),
    # The whole agreement as its file, which is what is signed.
    Column("content", Text, nullable=False),
    # Counts every change, so that nobody overwrites what she has not seen.
    Column("edition", Integer, nullable=False),
    Column("begun_at", Instant, nullable=False),
)

isa_author = Table(
    "isa_author",
    metadata,
    Column("isa", CODE, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("member", Uuid, primary_key=True),
    Column("agency", CODE, nullable=False),
)

isa_signature = Table(
    "isa_signature",
    metadata,
    # One row for each review and each signature. Rows are only ever added.
    Column("isa", CODE, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("agency", CODE, primary_key=True),
    Column("kind", CODE, primary_key=True),
    Column("at", Instant, primary_key=True),
    # The hash of the text and table that she had before her.
    Column("digest", HASH, nullable=False),
    Column("member", Uuid, nullable=False),
)

isa_approval = Table(
    "isa_approval",
    metadata,
    Column("isa", CODE, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", HASH, nullable=False),
    # The hash of the difference that was shown to her.
    Column("difference", HASH, nullable=False),
    # How far it was shown to reach among people: numbers, no names.
    Column("how_far", Text, nullable=False),
    Column("member", Uuid, nullable=False),
    Column("agency", CODE, nullable=False),
    Column("at", Instant, nullable=False),
    Column("takes_effect_at", Instant, nullable=False),
)

policy_revision = Table(
    "policy_revision",
    metadata,
    # Counts every change of agreements: a process looks at it, and at the parties, to stay sure.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("isa", CODE, nullable=False),
    Column("isa_number", Integer, nullable=False),
    Column("state", CODE, nullable=False),
    Column("takes_effect_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", Uuid),
    ForeignKeyConstraint(["isa", "isa_number"], ["isa_revision.isa", "isa_revision.number"]),
    Index("ix_policy_revision_isa", "isa", "takes_effect_at"),
)
