"""The declarative base, constraint names by convention, and the column types that the tables share."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Enum, ForeignKey, MetaData, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: kept in UTC, given back with its zone; a time without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def words(kind: type[StrEnum], name: str | None = None) -> Enum:
    """A column that holds the words of an enum, held by a CHECK named after it."""
    return Enum(
        kind,
        name=name or kind.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UTCDateTime(),
        dict[str, Any]: JSON(),
        list[dict[str, Any]]: JSON(),
    }


Pk = Annotated[int, mapped_column(primary_key=True)]
CommunityId = Annotated[int, mapped_column(ForeignKey("community.id"), index=True)]
By = Annotated[int, mapped_column(ForeignKey("account.id"))]
MaybeBy = Annotated[int | None, mapped_column(ForeignKey("account.id"))]
Line = Annotated[str, mapped_column(String(200))]
MaybeLine = Annotated[str | None, mapped_column(String(200))]
LongText = Annotated[str, mapped_column(Text)]
MaybeText = Annotated[str | None, mapped_column(Text)]
RequestId = Annotated[str | None, mapped_column(String(36))]
"""Of the form that asked for the row: sent twice, it makes one."""
Sha256 = Annotated[str, mapped_column(String(64))]
RowLock = Annotated[bool | None, mapped_column(default=None)]
"""Never written: PostgreSQL lets only who may change some column of a row lock it (docs/database.md)."""
Fen = Annotated[int, mapped_column(BigInteger)]
"""Money in fen (0.01 yuan), so that sums are exact."""
