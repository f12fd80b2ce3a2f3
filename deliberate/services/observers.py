"""Observers: their keys, their cosignatures, the addresses to which heads go, and notices posted on a board."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from deliberate.domain.contact import ContactWay, read_address
from deliberate.domain.errors import N_, BadInput, NotFound
from deliberate.domain.ledger import note
from deliberate.domain.ledger.head import AnchorWay
from deliberate.domain.permissions import ANYBODY, Action, Actor, Subject, account_of, require
from deliberate.models import Anchor, HeadLetter, HeadSignature, LedgerHead, ObserverAddress, ObserverKey

from . import journal
from .signing import verify

LONGEST_NOTE = 20_000
LONGEST_NAME, LONGEST_BOARD = 100, 80


class BadCosignature(BadInput):
    """What an observer's script sent cannot be taken."""

    default_what = N_("联署没有收下。")
    default_next = N_("请核对脚本用的钥匙和网址，或者联系社区。")


def add_key(session: Session, actor: Actor, community_id: int, vkey: str, *, now: datetime) -> ObserverKey:
    """Register the key under which an observer cosigns; added again, nothing changes."""
    require(actor, Action.KEEP_OBSERVERS, Subject(community_id))
    key = _observer_key(vkey)
    of_name = select(ObserverKey).where(
        ObserverKey.community_id == community_id, ObserverKey.name == key.name
    )
    there = session.scalar(of_name)
    if there is not None and there.vkey == note.vkey(key) and there.ended_at is None:
        return there
    if there is not None:
        raise BadInput(N_("公钥没有登记。"), N_("这个名字已经登记过另一把钥匙，或者已经停用。"), field="vkey")
    made = ObserverKey(
        community_id=community_id,
        name=key.name,
        vkey=note.vkey(key),
        added_at=now,
        added_by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    journal.note(session, actor, community_id, "observer_key_added", "observer_key", made.id, now=now)
    return made


def _observer_key(vkey: str) -> note.Key:
    try:
        key = note.parse_vkey(vkey.strip())
    except note.BadNote as error:
        raise BadInput(
            N_("公钥没有登记。"), N_("这不是观察员脚本打印的公钥，或者复制时少了字。"), field="vkey"
        ) from error
    if key.kind != note.COSIGNATURE or len(key.name) > LONGEST_NAME:
        raise BadInput(N_("公钥没有登记。"), N_("这把钥匙不是用来联署的，或者名字太长。"), field="vkey")
    return key


def end_key(session: Session, actor: Actor, community_id: int, key_id: int, *, now: datetime) -> None:
    """The key cosigns no longer; what it signed stays."""
    require(actor, Action.KEEP_OBSERVERS, Subject(community_id))
    key = session.get(ObserverKey, key_id)
    if key is None or key.community_id != community_id:
        raise NotFound()
    if key.ended_at is None:
        key.ended_at, key.ended_by_id = now, actor.account_id
        session.flush()
        journal.note(session, actor, community_id, "observer_key_ended", "observer_key", key_id, now=now)


def add_address(
    session: Session, actor: Actor, community_id: int, typed: str, *, now: datetime
) -> ObserverAddress:
    """Send heads to this address from now on."""
    require(actor, Action.KEEP_OBSERVERS, Subject(community_id))
    return _keep_address(session, actor, community_id, typed, None, now)


def leave_address(session: Session, actor: Actor, community_id: int, typed: str, *, now: datetime) -> None:
    """An observer leaves an address in place of the one before; an empty one takes it back."""
    require(actor, Action.OBSERVE, Subject(community_id))
    account_id = account_of(actor)
    before = address_of(session, community_id, account_id)
    if before is not None and before.address == typed.strip():
        return
    if typed.strip():
        _address(typed)
    if before is not None:
        _forget(session, before)
    if typed.strip():
        _keep_address(session, actor, community_id, typed, account_id, now)


def address_of(session: Session, community_id: int, account_id: int) -> ObserverAddress | None:
    """What an observer left."""
    return session.scalar(
        select(ObserverAddress).where(
            ObserverAddress.community_id == community_id, ObserverAddress.account_id == account_id
        )
    )


def remove_address(
    session: Session, actor: Actor, community_id: int, address_id: int, *, now: datetime
) -> None:
    """Send nothing there any more; the address is deleted."""
    require(actor, Action.KEEP_OBSERVERS, Subject(community_id))
    found = session.get(ObserverAddress, address_id)
    if found is None or found.community_id != community_id:
        raise NotFound()
    _forget(session, found)
    journal.note(session, actor, community_id, "observer_address_removed", "community", community_id, now=now)


def _forget(session: Session, address: ObserverAddress) -> None:
    """With what was still owed to it."""
    session.execute(delete(HeadLetter).where(HeadLetter.address_id == address.id))
    session.delete(address)
    session.flush()


def _keep_address(
    session: Session, actor: Actor, community_id: int, typed: str, account_id: int | None, now: datetime
) -> ObserverAddress:
    address = _address(typed)
    same = select(ObserverAddress).where(
        ObserverAddress.community_id == community_id, ObserverAddress.address == address
    )
    if there := session.scalar(same):
        return there
    made = ObserverAddress(
        community_id=community_id,
        address=address,
        account_id=account_id,
        added_at=now,
        added_by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    journal.note(session, actor, community_id, "observer_address_added", "community", community_id, now=now)
    return made


def _address(typed: str) -> str:
    address = read_address(ContactWay.EMAIL, typed)
    if address is None:
        raise BadInput(N_("邮箱没有保存。"), N_("看不懂这个邮箱地址。"), field="address")
    return address


def post_notice(
    session: Session,
    actor: Actor,
    community_id: int,
    head_id: int,
    board: str,
    posted_at: datetime,
    *,
    now: datetime,
) -> Anchor:
    """A moderator says that the notice of this head hangs on a board since then; said twice, it is one."""
    require(actor, Action.PUBLISH, Subject(community_id))
    head = session.get(LedgerHead, head_id)
    if head is None or head.community_id != community_id:
        raise NotFound()
    place = board.strip()
    if not 1 <= len(place) <= LONGEST_BOARD:
        raise BadInput(N_("没有保存。"), N_("请写贴在哪里，不超过80个字。"), field="board")
    if not head.at.replace(second=0, microsecond=0) <= posted_at <= now:
        raise BadInput(N_("没有保存。"), N_("张贴的时间要在核对码生成以后，现在以前。"), field="posted_at")
    return record(session, actor, head, AnchorWay.NOTICE, place, at=posted_at, now=now)


def record(
    session: Session,
    actor: Actor,
    head: LedgerHead,
    way: AnchorWay,
    detail: str,
    *,
    at: datetime | None = None,
    now: datetime,
) -> Anchor:
    """Others hold this head from now on; recorded once for each way and place."""
    same = select(Anchor).where(Anchor.head_id == head.id, Anchor.way == way, Anchor.detail == detail)
    if there := session.scalar(same):
        return there
    made = Anchor(community_id=head.community_id, head_id=head.id, way=way, at=at or now, detail=detail)
    session.add(made)
    session.flush()
    journal.note(session, actor, head.community_id, f"head_anchored_{way}", "ledger_head", head.id, now=now)
    return made


def cosign(session: Session, community_id: int, text: str, *, now: datetime) -> HeadSignature:
    """Keep an observer's signature under a head that is ours; anybody may bring it, the key proves whose it is."""
    head, observer, signature = _judge(session, community_id, text)
    mine = select(HeadSignature).where(
        HeadSignature.head_id == head.id, HeadSignature.name == observer.name, HeadSignature.cosigner
    )
    if there := session.scalar(mine):
        return there
    made = HeadSignature(
        community_id=community_id,
        head_id=head.id,
        name=observer.name,
        line=signature.line,
        cosigner=True,
        at=now,
    )
    session.add(made)
    record(session, ANYBODY, head, AnchorWay.OBSERVER, observer.name, now=now)
    return made


def _judge(session: Session, community_id: int, text: str) -> tuple[LedgerHead, ObserverKey, note.Signature]:
    """The head, the observer and the signature; refused unless all three are known and fit."""
    rows = session.scalars(
        select(ObserverKey).where(ObserverKey.community_id == community_id, ObserverKey.ended_at.is_(None))
    )
    known = {note.parse_vkey(row.vkey): row for row in rows}
    try:
        good = note.verify_note(text if len(text) <= LONGEST_NOTE else "", known, verify)
    except note.BadNote as error:
        raise BadCosignature(why=N_("没有一个登记过的观察员签名是对的。")) from error
    head = session.scalar(
        select(LedgerHead)
        .where(LedgerHead.community_id == community_id, LedgerHead.body == good.body)
        .order_by(LedgerHead.id.desc())
        .limit(1)
    )
    if head is None:
        raise BadCosignature(why=N_("社区没有签过这样一份核对码。"))
    signature = good.signatures[0]
    by = next(row for key, row in known.items() if (key.name, key.id) == (signature.name, signature.key_id))
    return head, by, signature
