"""A registrar's office with a roll to import."""

from deliberate.db import Database
from deliberate.domain.permissions import Role
from deliberate.models import (
    Building,
    Household,
)
from deliberate.services import households, rolls
from deliberate.services.rolls import RollPreview
from tests import make

HEAD = "网格,小区,楼栋,单元,房号,户主姓名,联系电话,建筑面积,居住状况,备注\n"
THREE = HEAD + (
    "1,铁路花园,1号楼,1单元,101,测试张,19900000001,80.5,自住,\n"
    "1,铁路花园,1号楼,1单元,102,热依罕•吐尔逊,,,出租,\n"
    "2,铁路花园,2号楼,1单元,101,测试李,,60,空置,\n"
)


class Office:
    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as tx:
            self.community = make.community(tx.session)
            self.registrar = make.actor(tx.session, make.staff(tx.session, self.community, Role.REGISTRAR))

    def load(self, data: bytes | str, seen: str | None = None) -> RollPreview:
        data = data.encode() if isinstance(data, str) else data
        with self.database.transaction() as tx:
            _made, look = rolls.import_roll(
                tx.session,
                self.registrar,
                self.community.id,
                data,
                file_name="户册.csv",
                seen=seen,
                now=tx.now,
            )
        return look

    def look(self, data: bytes | str) -> RollPreview:
        data = data.encode() if isinstance(data, str) else data
        with self.database.reading() as session:
            return rolls.preview(session, self.registrar, self.community.id, data)

    def count(self, table: type) -> int:
        with self.database.reading() as session:
            return session.query(table).count()

    def home(self, room: str, building: str = "1") -> Household:
        with self.database.reading() as session:
            return (
                session.query(Household)
                .join(Building)
                .filter(Household.room == room, Building.name == building)
                .one()
            )


def correct(office: Office, at: str, /, reason: str = "本人来更正", **facts: str) -> None:
    home = office.home(at)
    known = {
        "unit": home.unit,
        "room": home.room,
        "floor": "",
        "head_name": home.head_name or "",
        "telephone": home.telephone or "",
        "area": "",
        "note": home.note,
    } | facts
    with office.database.transaction() as tx:
        households.correct(
            tx.session,
            office.registrar,
            home.id,
            households.Facts(grid_id=home.grid_id, occupancy=home.occupancy, **known),
            reason,
            seen=households.newest_change(tx.session, home.id),
            now=tx.now,
        )
