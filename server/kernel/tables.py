"""The one metadata of all tables, and the column types that behave alike on both databases."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    DateTime,
    Dialect,
    MetaData,
    Select,
    String,
    Table,
    Uuid,
    bindparam,
    cast,
    literal,
    null,
    select,
    union_all,
)
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


def joined_values(of: str, joined: Iterable[tuple[str, Table, str]]) -> CompoundSelect[Any]:
    """Return one query for what stands in several join tables about the same things.

    `of` is the column that names the thing; each of `joined` is a name, its table and the column
    of its value, of which the first is a code. Bind `ids`. A row is the thing, the name, and the
    value as `code` or as `id`. Made once and kept: building it costs more than running it.
    """
    return union_all(
        *(_values(table.c[of], name, table.c[column]) for name, table, column in joined)
    )


def _values(thing: Any, name: str, value: Any) -> Select[Any]:  # noqa: ANN401  columns of any type
    is_id = isinstance(value.type, Uuid)
    return select(
        thing.label("thing"),
        literal(name, String).label("name"),
        (cast(null(), String) if is_id else value).label("code"),
        (value if is_id else cast(null(), Uuid)).label("id"),
    ).where(thing.in_(bindparam("ids", expanding=True)))
