"""The bulletin of a closed round: gathered from the ledger alone, as a folder or a ZIP of static files.

Nothing but leaves, their public openings, the roll's commitments and signed heads goes into it, so that no name,
room, telephone number, time or channel of a household can be in it (docs/proof.md).
"""

import base64
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib.resources import files as resources
from pathlib import Path
from typing import IO, Any

from sqlalchemy.orm import Session

from deliberate.domain import bulletin as format1
from deliberate.domain.bulletin import Bulletin, BulletinKind, Event, Filed, Head, Sheet, Step
from deliberate.domain.errors import N_, NotFound, Refusal
from deliberate.domain.ledger.head import HeadReason
from deliberate.domain.ledger.note import parse_vkey
from deliberate.domain.round import RoundStatus
from deliberate.models import ConsentRound
from deliberate.queries import bulletins, heads, roll_leaves
from deliberate.storage import Storage

from .ledger import name_of_round

PAPERS = ("README.txt", "verify.py", "verify.html")
FRESH = timedelta(hours=1)
"""A file that was made so recently is handed out again, even when there is a newer head."""
_SINCE = (1980, 1, 1, 0, 0, 0)


class NotPublished(Refusal):
    """There is no bulletin, or not yet."""

    default_what = N_("还没有可以下载的公告文件夹。")


def of_round(session: Session, round_id: int, kind: BulletinKind | None = None) -> Bulletin:
    """The bulletin up to the newest signed head: final once the outcome is in the ledger, else preliminary.

    Asked for the preliminary one later, it is that of the last head before the outcome.
    """
    consent_round = session.get(ConsentRound, round_id)
    if consent_round is None:
        raise NotFound()
    head, kind = _covered(session, consent_round, kind)
    public = bulletins.public_leaves(session, round_id, head.size)
    since = next(leaf.position for leaf in public if leaf.kind == "opening")
    return Bulletin(
        kind=kind,
        origin=head.body.partition("\n")[0],
        round=name_of_round(session, round_id),
        plan=consent_round.plan_sha256,
        rules=consent_round.rules,
        scope=consent_round.scope,
        keys=_keys(session, consent_round.community_id),
        roll_size=consent_round.roll_size,
        roll_root=consent_round.roll_sha256 or "",
        electorates=bulletins.electorates(session, round_id),
        roll=roll_leaves.leaves(session, round_id),
        tree=bulletins.tree(session, consent_round.community_id, head.size),
        events=_events(session, consent_round, since, head.size),
        heads=(
            Head(one.size, one.id, note)
            for one, note in bulletins.notes(session, consent_round.community_id, head.size)
        ),
        sheets=_sheets(public),
        objections=_objections(public),
        audit=[Step(_said(leaf, "step"), json.loads(_said(leaf, "data"))) for leaf in _of(public, "check")],
        papers=papers(),
    )


def _covered(
    session: Session, consent_round: ConsentRound, kind: BulletinKind | None
) -> tuple[heads.Head, BulletinKind]:
    """The head up to which the bulletin goes, and which kind that makes."""
    if consent_round.status is not RoundStatus.CLOSED:
        raise NotPublished(why=N_("这一轮征求意见还没有结束。"), next_step=N_("请等结束统计以后再来。"))
    counted = bulletins.position_of(session, consent_round.id, "sheet")
    ended = bulletins.position_of(session, consent_round.id, "outcome")
    final = _own(session, consent_round, HeadReason.FINAL, ended, None)
    if final and kind is not BulletinKind.PRELIMINARY:
        return final, BulletinKind.FINAL
    before = _own(session, consent_round, HeadReason.CLOSING, counted, ended)
    if before and kind is not BulletinKind.FINAL:
        return before, BulletinKind.PRELIMINARY
    raise NotPublished(
        why=N_("这一轮的记录还没有签过名的核对码，或者最后结果还没有确定。"),
        next_step=N_("核对码通常几分钟内就会签好，请稍后再试；一直没有时请告诉社区。"),
    )


def _own(
    session: Session, consent_round: ConsentRound, why: HeadReason, least: int | None, most: int | None
) -> heads.Head | None:
    """The newest head that covers the step, once the head that tells of it is signed, too."""
    if least is None:
        return None
    newest = bulletins.newest_head(session, consent_round.community_id, least, most)
    if newest and bulletins.step_has_head(session, consent_round.id, why, newest.size):
        return newest
    return None


def _keys(session: Session, community_id: int) -> list[tuple[str, str]]:
    keys = [parse_vkey(one) for one in heads.keys(session, community_id)]
    return [(key.name, base64.b64encode(key.public).decode()) for key in keys]


def _events(session: Session, consent_round: ConsentRound, since: int, size: int) -> Iterator[Event]:
    for leaf in bulletins.leaves(session, consent_round.community_id, consent_round.id, since, size):
        own = leaf.round_id == consent_round.id
        yield Event(leaf.position, leaf.leaf, format1.shown(leaf.kind, leaf.openings, own=own))


def _of(public: Sequence[bulletins.Placed], kind: str) -> list[bulletins.Placed]:
    return [leaf for leaf in public if leaf.kind == kind]


def _said(leaf: bulletins.Placed, name: str) -> str:
    value: str = leaf.openings[name][1]
    return value


def _sheets(public: Sequence[bulletins.Placed]) -> list[Sheet]:
    signed = [(_said(leaf, "n"), _said(leaf, "role")) for leaf in _of(public, "sheet_signature")]
    return [
        Sheet(
            int(_said(leaf, "n")),
            json.loads(_said(leaf, "figures")),
            [role for n, role in signed if n == _said(leaf, "n")],
        )
        for leaf in _of(public, "sheet")
    ]


def _objections(public: Sequence[bulletins.Placed]) -> list[Filed]:
    decided = {_said(leaf, "number"): _said(leaf, "decision") for leaf in _of(public, "recheck")}
    return [
        Filed(int(_said(leaf, "number")), _said(leaf, "ground"), decided.get(_said(leaf, "number")))
        for leaf in _of(public, "objection")
    ]


def papers() -> dict[str, bytes]:
    """The explanation and the two verifiers."""
    return {name: (resources("deliberate.verifier") / name).read_bytes() for name in PAPERS}


def verifier_hashes() -> dict[str, str]:
    """SHA-256 of the two verifiers, to be kept apart from the parcels in which they come."""
    return {name: sha256(data).hexdigest() for name, data in papers().items() if name != PAPERS[0]}


Progress = Callable[[str], None]


def write_folder(bulletin: Bulletin, folder: Path, progress: Progress = lambda _: None) -> int:
    """Every file into a new or empty folder; how many."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotPublished(
            what=N_("没有导出。"),
            why=N_("目标文件夹不是空的，旧文件会和新的混在一起。"),
            next_step=N_("请换一个新的文件夹名。"),
        )
    number = 0
    for name, parts in format1.files(bulletin):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(parts)
        number += 1
        if not name.startswith("heads/"):
            progress(name)
    return number


def write_zip(bulletin: Bulletin, path: Path | IO[bytes], top: str) -> None:
    """The same as one ZIP, in a folder `top`; written part by part, never whole in memory."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name, parts in format1.files(bulletin):
            member = zipfile.ZipInfo(f"{top}/{name}", _SINCE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            with made.open(member, "w", force_zip64=True) as file:
                for part in parts:
                    file.write(part)


def published(session: Session, round_id: int, files: Storage, *, now: datetime) -> str:
    """The ZIP of the round as it stands, by its name; anew when there is a newer head and the last is not fresh.

    A name says of which head it is and when it was made: `bulletins/<round>/<kind>-<head>-<seconds>.zip`.
    """
    consent_round = session.get_one(ConsentRound, round_id)
    head, kind = _covered(session, consent_round, None)
    place = f"bulletins/{round_id}"
    earlier = sorted(
        (_made(name), name) for name in files.names(place) if name.startswith(f"{place}/{kind.value}-")
    )
    for made, name in reversed(earlier):
        if name.startswith(f"{place}/{kind.value}-{head.id}-") or now - made < FRESH:
            return name
    name = f"{place}/{kind.value}-{head.id}-{int(now.timestamp())}.zip"
    with tempfile.TemporaryFile() as draft:
        write_zip(of_round(session, round_id), draft, top(session, round_id, kind))
        draft.seek(0)
        files.keep(name, draft)
    for _made_at, old in earlier:
        files.forget(old)
    return name


def _made(name: str) -> datetime:
    return datetime.fromtimestamp(int(name.removesuffix(".zip").rpartition("-")[2]), UTC)


def ready(session: Session, round_id: int) -> bool:
    """Whether a signed head covers the round, so that there is something to recount from."""
    try:
        _covered(session, session.get_one(ConsentRound, round_id), None)
    except Refusal:
        return False
    return True


def top(session: Session, round_id: int, kind: BulletinKind) -> str:
    """What the folder is called."""
    return f"bulletin-{name_of_round(session, round_id)}-{kind.value}"


def waiting(session: Session, files: Storage) -> list[int]:
    """Closed rounds whose bulletin of the kind that is due was never made."""
    there = {name.rpartition("-")[0].rpartition("-")[0] for name in files.names("bulletins")}
    found = []
    for round_id in bulletins.closed_rounds(session):
        try:
            _head, kind = _covered(session, session.get_one(ConsentRound, round_id), None)
        except NotPublished:
            continue
        if f"bulletins/{round_id}/{kind.value}" not in there:
            found.append(round_id)
    return found


def auditor_file(session: Session, round_id: int) -> dict[str, Any]:
    """Openings for auditors: the area of every entry; of the spot check's sample how its records were made."""
    consent_round = session.get(ConsentRound, round_id)
    if consent_round is None:
        raise NotFound()
    head, _kind = _covered(session, consent_round, None)
    draws = [
        json.loads(_said(leaf, "data"))["slots"]
        for leaf in _of(bulletins.public_leaves(session, round_id, head.size), "check")
        if _said(leaf, "step") == "draw"
    ]
    sample = {slot for slots in draws for slot in slots}
    return {
        "format": "deliberate/auditor/1",
        "round": name_of_round(session, round_id),
        "roll": {
            slot: {"area": [base64.b64encode(one.salt).decode(), one.value]}
            for slot, openings in roll_leaves.openings(session, round_id)
            for one in openings
            if one.name == "area"
        },
        "events": {
            leaf_hash: {name: openings[name] for name in AUDITED if name in openings}
            for leaf_hash, openings in bulletins.consent_openings(session, round_id, head.size)
            if openings["slot"][1] in sample
        },
    }


AUDITED = ("channel", "serial", "signed_at", "canvassers", "evidence")
"""What auditors see of a record in the sample; never who signed."""
