"""Rows of rooms: sections with their labels, their changes, and who is reading and writing now.

Words, and the heading of a section, are sealed under the room's key; what the gate needs to know
(categories, agencies, subjects, names) stands in join tables.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
    false,
)

from server.kernel.tables import Instant, metadata

CODE_LENGTH = 64

section = Table(
    "section",
    metadata,
    Column("id", Uuid, primary_key=True),
    # No foreign keys to the directory: rooms stand above it and know members by id alone.
    Column("room", Uuid, nullable=False),
    Column("under", String(CODE_LENGTH), nullable=False),
    Column("heading", LargeBinary, nullable=False),
    Column("position", Integer, nullable=False),
    # seq counts stored changes; epoch is the room's access epoch. A change is stored only where
    # the epoch is still the one at which its writer was asked about (compare and append).
    Column("seq", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    # How often words were taken back: the changes were then written anew under other client ids.
    Column("generation", Integer, nullable=False, server_default="0"),
    Column("confidentiality", String(CODE_LENGTH), nullable=False),
    Column("author", Uuid),
    Column("made_by", Uuid, nullable=False),
    Column("made_at", Instant, nullable=False),
    Index("ix_section_room", "room", "position"),
)

_OF_SECTION = "section.id"

section_category = Table(
    "section_category",
    metadata,
    Column("section", Uuid, ForeignKey(_OF_SECTION), primary_key=True),
    Column("category", String(CODE_LENGTH), primary_key=True),
)

section_origin = Table(
    "section_origin",
    metadata,
    Column("section", Uuid, ForeignKey(_OF_SECTION), primary_key=True),
    Column("agency", String(CODE_LENGTH), primary_key=True),
)

section_subject = Table(
    "section_subject",
    metadata,
    Column("section", Uuid, ForeignKey(_OF_SECTION), primary_key=True),
    Column("person", Uuid, primary_key=True),
)

section_named = Table(
    "section_named",
    metadata,
    Column("section", Uuid, ForeignKey(_OF_SECTION), primary_key=True),
    Column("member", Uuid, primary_key=True),
)

section_shown_to = Table(
    "section_shown_to",
    metadata,
    Column("section", Uuid, ForeignKey(_OF_SECTION), primary_key=True),
    Column("member", Uuid, primary_key=True),
)

section_update = Table(
    "section_update",
    metadata,
    Column("section", Uuid, ForeignKey(_OF_SECTION), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("member", Uuid, nullable=False),
    Column("at", Instant, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    # The way out for a change that should never have been stored: it is no longer read.
    Column("set_aside", Boolean, nullable=False, server_default=false()),
)

section_history = Table(
    "section_history",
    metadata,
    Column("section", Uuid, ForeignKey(_OF_SECTION), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("member", Uuid, nullable=False),
    Column("at", Instant, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("set_aside", Boolean, nullable=False, server_default=false()),
)

section_snapshot = Table(
    "section_snapshot",
    metadata,
    Column("section", Uuid, ForeignKey(_OF_SECTION), primary_key=True),
    Column("upto_seq", BigInteger, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)

# How far a member has read a section: what was changed later, by others, is news to her.
# No foreign key: a withdrawal locks the sections, and must not wait for somebody's reading.
section_read = Table(
    "section_read",
    metadata,
    Column("member", Uuid, primary_key=True),
    Column("section", Uuid, primary_key=True, index=True),
    Column("seq", BigInteger, nullable=False),
)

# What the family says is wrong in a part, and the answer: words sealed under the room's key.
section_objection = Table(
    "section_objection",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room", Uuid, nullable=False),
    Column("section", Uuid, ForeignKey(_OF_SECTION), nullable=False),
    Column("said_by", Uuid, nullable=False),
    Column("said_at", Instant, nullable=False),
    Column("sealed_words", LargeBinary, nullable=False),
    Column("answered_at", Instant),
    Column("answered_by", Uuid),
    Column("outcome", String(CODE_LENGTH)),
    Column("sealed_answer", LargeBinary),
    Index("ix_section_objection_room", "room", "section"),
)

# Who typed under which CRDT client id, for ever: a change under another member's id is refused.
section_client = Table(
    "section_client",
    metadata,
    Column("section", Uuid, ForeignKey(_OF_SECTION), primary_key=True),
    Column("client", BigInteger, primary_key=True, autoincrement=False),
    Column("member", Uuid, nullable=False),
    Column("bound_at", Instant, nullable=False),
    # Of an older generation: a document that knows it holds words that were taken back.
    Column("is_retired", Boolean, nullable=False, server_default=false()),
)

# That somebody took words of hers back, never the words; and who had received them.
section_taken_back = Table(
    "section_taken_back",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room", Uuid, nullable=False, index=True),
    Column("section", Uuid, ForeignKey(_OF_SECTION), nullable=False),
    Column("taken_by", Uuid, nullable=False),
    Column("taken_at", Instant, nullable=False, index=True),
    Column("generation", Integer, nullable=False),
    Column("passages", Integer, nullable=False),
)

section_taken_back_from = Table(
    "section_taken_back_from",
    metadata,
    Column("taken", Uuid, ForeignKey("section_taken_back.id"), primary_key=True),
    Column("member", Uuid, primary_key=True),
)

# A stretch of reading or writing that has begun and not ended; its end is an entry in the log.
open_stretch = Table(
    "open_stretch",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("section", Uuid, ForeignKey(_OF_SECTION), nullable=False, index=True),
    Column("room", Uuid, nullable=False),
    Column("member", Uuid, nullable=False),
    Column("agency", String(CODE_LENGTH), nullable=False),
    Column("hub", Uuid, nullable=False, index=True),
    Column("from_seq", BigInteger, nullable=False),
    Column("since", Instant, nullable=False),
    CheckConstraint("kind IN ('reading', 'writing')", name="kind"),
)

# A running server that holds live rooms, and when it was last seen alive.
live_hub = Table(
    "live_hub",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("seen_at", Instant, nullable=False),
)

# Where somebody's caret is, for the processes that hold the others of the section; gone with her.
passed_caret = Table(
    "passed_caret",
    metadata,
    Column("hub", Uuid, primary_key=True),
    Column("section", Uuid, primary_key=True, index=True),
    Column("client", BigInteger, primary_key=True, autoincrement=False),
    Column("member", Uuid, nullable=False),
    Column("clock", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("passed_at", Instant, nullable=False),
)
