#!/bin/sh
# Until the first release there is one migration; this writes it anew from the tables.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
store=$(mktemp -d)
trap 'rm -rf "$store"' EXIT
rm -f migrations/versions/0001_*.py
PYTHONPATH=. "$python" - "$store" <<'PY'
import sys
from alembic import command
from deliberate.migrate import alembic_config
config = alembic_config(f"sqlite:///{sys.argv[1]}/new.db")
command.revision(config, "The first tables", autogenerate=True, rev_id="0001")
command.upgrade(config, "head")
PY
