"""Grids, estates and buildings that an import names."""

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from deliberate.domain.roll_rows import RollRow
from deliberate.models import Building, Estate, Grid


class RollPlaces:
    """Grids, estates and buildings by name; those that are new are made together."""

    def __init__(self, session: Session, community_id: int) -> None:
        self.session = session
        self.community_id = community_id
        self.grids = self._named(Grid)
        self.estates = self._named(Estate)
        self.buildings = self._buildings()

    def make(self, rows: list[RollRow]) -> None:
        """Make what the rows name and the community does not have yet."""
        grids = {row.grid for row in rows} - self.grids.keys()
        estates = {row.estate for row in rows} - self.estates.keys()
        community = {"community_id": self.community_id}
        if grids:
            self.session.execute(insert(Grid), [community | {"name": name} for name in sorted(grids)])
            self.grids = self._named(Grid)
        if estates:
            self.session.execute(insert(Estate), [community | {"name": name} for name in sorted(estates)])
            self.estates = self._named(Estate)
        buildings = {(row.estate, row.building) for row in rows} - self.buildings.keys()
        if buildings:
            new = [
                community | {"estate_id": self.estates[estate], "name": name}
                for estate, name in sorted(buildings)
            ]
            self.session.execute(insert(Building), new)
            self.buildings = self._buildings()

    def _buildings(self) -> dict[tuple[str, str], int]:
        found = self.session.execute(
            select(Estate.name, Building.name, Building.id)
            .join(Estate, Estate.id == Building.estate_id)
            .where(Building.community_id == self.community_id)
        )
        return {(estate, building): building_id for estate, building, building_id in found}

    def _named(self, table: type[Grid] | type[Estate]) -> dict[str, int]:
        found = self.session.execute(
            select(table.name, table.id).where(table.community_id == self.community_id)
        )
        return dict(found.all())
