"""The one metadata of all tables, and the column types that behave alike on both databases."""

from collections.abc import Hashable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, DateTime, Dialect, MetaData, String, cast, type_coerce
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC; SQLite, which has no zones, stores it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse an instant without a zone; a local time stored as UTC would be a false record."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "an instant needs a zone"
            raise ValueError(message)
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the instant back, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


BareId = Hashable
"""An id as the driver gives it: text or UUID. It is only compared with others read the same way."""


def bare(column: Column[Any]) -> ColumnElement[Any]:
    """Return a column of ids to be read bare, where a million are compared and few are told."""
    return type_coerce(column, String)


def as_bare(dialect: str, known: UUID) -> BareId:
    """Return an id as a bare column of this dialect gives it."""
    return known.hex if dialect == "sqlite" else known


def from_bare(found: BareId) -> UUID:
    """Return the id that was read bare."""
    return found if isinstance(found, UUID) else UUID(str(found))


def in_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return a column of ids to be read as text, of which the collector keeps no account."""
    return cast(column, String)


def text_of(dialect: str, known: UUID) -> str:
    """Return an id as a column read as text gives it in this dialect."""
    return known.hex if dialect == "sqlite" else str(known)
