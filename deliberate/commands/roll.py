"""`deliberate roll`: import the office's table, with the same answer as the page; export it again."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from deliberate.domain.errors import Refusal
from deliberate.services import roll_answers, rolls
from deliberate.services.roll_files import MOST_BYTES

from .exits import REFUSED
from .telling import open_store, operator, refuse, telling, the_community, translate


@click.group()
def roll() -> None:
    """The household roll of a community."""


@roll.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--community", "slug", required=True, help="The word in the community's address.")
@click.option("--dry-run", is_flag=True, help="Only show what would be imported.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON on standard output.")
def import_roll(file: Path, slug: str, *, dry_run: bool, as_json: bool) -> None:
    """Import FILE (XLSX, XLS, ODS or CSV): all of it, or nothing. Exit 0 done, 1 refused, 2 misused."""
    with file.open("rb") as source:
        data = source.read(MOST_BYTES + 1)
    click.echo(f"… {file.name}", err=True)
    with open_store() as store:
        try:
            if dry_run:
                with store.reading() as session:
                    community = the_community(session, slug)
                    look = rolls.preview(session, operator(community.id), community.id, data)
                imported = False
            else:
                look, imported = _import(store, slug, data, file.name)
        except Refusal as refusal:
            if as_json:
                _print_json(_refused(refusal))
                sys.exit(REFUSED)
            refuse(refusal)
    answer = {**roll_answers.answer(look, translate), "imported": imported}
    if as_json:
        _print_json(answer)
    else:
        _print_text(answer)
    sys.exit(0 if look.importable else REFUSED)


@roll.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--community", "slug", required=True, help="The word in the community's address.")
def export_roll(file: Path, slug: str) -> None:
    """Write the roll of today to FILE (XLSX)."""
    with open_store() as store, telling(), store.reading() as session:
        community = the_community(session, slug)
        file.write_bytes(rolls.export(session, operator(community.id), community.id))


def _import(store: Any, slug: str, data: bytes, file_name: str) -> tuple[rolls.RollPreview, bool]:
    """Look first; what has faults is answered with its faults, and nothing is written."""
    with store.roll_transaction() as tx:
        community = the_community(tx.session, slug)
        actor = operator(community.id)
        look = rolls.preview(tx.session, actor, community.id, data)
        if not look.importable:
            return look, False
        _made, look = rolls.import_roll(
            tx.session, actor, community.id, data, file_name=file_name, now=tx.now
        )
    return look, True


def _refused(refusal: Refusal) -> Mapping[str, Any]:
    said = [refusal.fill(translate(text)) for text in (refusal.what, refusal.why, refusal.next_step)]
    return {"importable": False, "imported": False, "refused": said}


def _print_json(answer: Mapping[str, Any]) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def _print_text(answer: Mapping[str, Any]) -> None:
    for fault in answer["faults"]:
        cell = f"{fault['column']}{fault['row']}" if fault["column"] else str(fault["row"] or "")
        mark = "✗" if fault["severity"] == "error" else "·"
        click.echo(f"{mark} {cell} {fault['header']} [{fault['cell']}] {fault['what']} {fault['next_step']}")
    for name, number in (*answer["by_grid"].items(), *answer["by_estate"].items()):
        click.echo(f"  {name or '—'}: {number}")
    if answer["renumbered"]:
        click.echo(f"! 0…: {answer['renumbered']}")
    changed = len(answer["changed"]) + len(answer["returned"])
    click.echo(
        f"= {answer['households']}  + {answer['added']}  ~ {changed}  "
        f"? {len(answer['missing'])}  {'ok' if answer['imported'] else '—'}"
    )
