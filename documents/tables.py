"""The tables of documents. A file's name is sealed under the room's key, its label is not.

The bytes lie in the vault; a row holds their key, wrapped. A thing's categories, origins,
subjects and named persons stand in join tables, so that every question is a keyed query.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
)

from server.kernel.tables import Instant, metadata

document = Table(
    "document",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room", Uuid, nullable=False),
    Column("file_type", String(10), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("purpose", String(40), nullable=False),
    Column("scan", String(20), nullable=False),
    Column("confidentiality", String(20), nullable=False),
    Column("added_by", Uuid, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("sealed_name", LargeBinary, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Index("ix_document_room", "room"),
)

document_opening = Table(
    "document_opening",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("document", Uuid, ForeignKey("document.id", ondelete="CASCADE"), nullable=False),
    Column("member", Uuid, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("how", String(20), nullable=False),
    Index("ix_document_opening_document", "document"),
)


def _joined(name: str, column: Column[object]) -> Table:
    return Table(
        name,
        metadata,
        Column("document", Uuid, ForeignKey("document.id", ondelete="CASCADE"), primary_key=True),
        column,
    )


document_category = _joined("document_category", Column("category", String(40), primary_key=True))
document_origin = _joined("document_origin", Column("origin", String(64), primary_key=True))
document_subject = _joined("document_subject", Column("subject", Uuid, primary_key=True))
document_named = _joined("document_named", Column("named", Uuid, primary_key=True))
document_shown_to = _joined("document_shown_to", Column("shown_to", Uuid, primary_key=True))
