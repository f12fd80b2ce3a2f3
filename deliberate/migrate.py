"""`deliberate migrate`: bring a store to the present tables."""

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig


def migrations_folder() -> Path:
    """Inside the package when installed from a wheel, beside it in a checkout."""
    here = Path(__file__).resolve().parent
    packaged = here / "_migrations"
    return packaged if packaged.is_dir() else here.parent / "migrations"


def alembic_config(url: str) -> AlembicConfig:
    """Alembic told where the migrations and the store are."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Migrate the store at `url` to the newest revision; a store of today is left as it is."""
    command.upgrade(alembic_config(url), "head")
