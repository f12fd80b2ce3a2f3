"""Tablets: enrolled with a one-time code, heard, revoked. Codes and tokens are kept only as keyed hashes."""

import hashlib
import hmac
import secrets as randomness
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain import tablet_clock
from deliberate.domain.errors import N_, BadInput, NotAllowed, NotFound, Refusal, Stale
from deliberate.domain.permissions import Action, Actor, Role, Subject, require
from deliberate.models import Account, Device, DeviceEnrolment
from deliberate.queries import devices

from . import changes, epochs, journal, secrets
from .staff import standing_grant

CODE_LIVES = timedelta(minutes=30)
TOKEN_LIVES = timedelta(days=180)
BY_ITS_PERSON = N_("本人停用")
"""The reason that is kept when a canvasser stops a tablet under their own name."""


class UnknownDevice(Refusal):
    """The token is nobody's, or its time is over; the tablet keeps everything and is enrolled again."""

    status = 401
    default_what = N_("这台平板没有登记。")
    default_why = N_("平板的登记已经失效，或者社区的系统不认识它。")
    default_next = N_("请主持人给一个新的登记码；平板上没有送出的记录都还在。")

    def __init__(self, word: str = "unknown_device") -> None:
        super().__init__()
        self.word = word


class CodeRefused(NotAllowed):
    """A code that makes no device; the word says why."""

    default_what = N_("平板没有登记上。")
    default_why = N_("登记码不对、已经用过或者过了时间。")
    default_next = N_("请主持人给一个新的登记码。")

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word


@dataclass(frozen=True, slots=True)
class Tablet:
    """What a tablet says of itself at enrolment."""

    uuid: str
    name: str = ""
    protocol: int = 1
    app_build: str = ""
    clock: datetime | None = None
    checks: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The device and its token, told once."""

    device: Device
    token: str
    epoch: str


def token_hash(token: str, key: bytes) -> str:
    """What is stored instead of the token."""
    return hmac.new(key, b"device|" + token.encode(errors="replace"), hashlib.sha256).hexdigest()


def issue_code(
    session: Session,
    actor: Actor,
    community_id: int,
    account_id: int,
    *,
    seen: int | None = None,
    key: bytes,
    now: datetime,
) -> str:
    """A one-time code with which one tablet becomes this canvasser's; told once, never stored.

    `seen` is the newest code that the moderator's page knew of: the page sent twice makes one code.
    """
    require(actor, Action.MANAGE_DEVICES, Subject(community_id))
    if seen is not None and seen != devices.newest_code(session, community_id):
        raise Stale(
            what=N_("没有再生成一个登记码。"),
            why=N_("刚才已经生成过一个，可能是按了两次。"),
            next_step=N_("请回到平板页面；上一个没有用过的话，可以再生成一个新的。"),
        )
    if standing_grant(session, community_id, account_id, Role.CANVASSER) is None:
        raise BadInput(
            what=N_("没有生成登记码。"),
            why=N_("这个人不是入户人员。"),
            next_step=N_("请先请户册管理员给这个人登记身份。"),
        )
    changes.open_feed(session, community_id)
    epochs.ensure_epoch(session, now=now)
    code = secrets.new_code()
    made = DeviceEnrolment(
        community_id=community_id,
        account_id=account_id,
        code_hash=secrets.keyed_hash(code, key),
        issued_at=now,
        issued_by_id=actor.account_id,
        expires_at=now + CODE_LIVES,
    )
    session.add(made)
    session.flush()
    journal.note(
        session,
        actor,
        community_id,
        "device_code_issued",
        "device_enrolment",
        made.id,
        now=now,
        account=account_id,
    )
    journal.tell(
        session, account_id, community_id, "tablet_code_given", now=now, by=_name(session, made.issued_by_id)
    )
    return code


def _name(session: Session, account_id: int) -> str:
    return session.get_one(Account, account_id).display_name


def enrol(session: Session, code: str, tablet: Tablet, *, key: bytes, now: datetime) -> Enrolled:
    """The code makes the tablet a device, or gives a known one a new token; the token before it dies."""
    enrolment = session.scalar(
        select(DeviceEnrolment)
        .where(DeviceEnrolment.code_hash == secrets.keyed_hash(code, key))
        .with_for_update()
    )
    device = devices.by_uuid(session, tablet.uuid)
    if enrolment is None:
        raise CodeRefused("code_wrong")
    _refuse_code(enrolment, device, now)
    token = randomness.token_urlsafe(32)
    if device is None:
        device = Device(
            community_id=enrolment.community_id,
            account_id=enrolment.account_id,
            uuid=tablet.uuid,
            enrolled_at=now,
        )
        session.add(device)
    device.token_hash, device.token_until = token_hash(token, key), now + TOKEN_LIVES
    device.name = tablet.name.strip()[:60] or device.name or ""
    device.protocol, device.app_build, device.checks = tablet.protocol, tablet.app_build[:60], tablet.checks
    device.skew_seconds = _seconds(tablet_clock.skew(tablet.clock, now))
    device.last_seen_at = now
    session.flush()
    _note_enrolled(session, enrolment, device, now)
    return Enrolled(device, token, epochs.ensure_epoch(session, now=now))


def _note_enrolled(session: Session, enrolment: DeviceEnrolment, device: Device, now: datetime) -> None:
    """Nobody saw who held the tablet: so its person is told, and the journal names whoever gave the code.

    A reply that was lost is asked for again with the same code, which is told once.
    """
    again, by = enrolment.used_at is not None, enrolment.issued_by_id
    enrolment.used_at, enrolment.device_id = now, device.id
    owner, community_id = Actor(account_id=device.account_id), device.community_id
    journal.note(
        session,
        owner,
        community_id,
        "device_enrolled",
        "device",
        device.id,
        now=now,
        code_by=by,
        enrolment=enrolment.id,
    )
    if not again:
        journal.tell(
            session, device.account_id, community_id, "tablet_enrolled", now=now, by=_name(session, by)
        )
    session.flush()


def _seconds(span: timedelta) -> int:
    """As the store holds it."""
    return max(-(2**31), min(int(span.total_seconds()), 2**31 - 1))


def _refuse_code(enrolment: DeviceEnrolment, device: Device | None, now: datetime) -> None:
    if now >= enrolment.expires_at:
        raise CodeRefused("code_expired")
    if enrolment.used_at is not None and (device is None or enrolment.device_id != device.id):
        raise CodeRefused("code_used")
    ours = device is None or (
        device.account_id == enrolment.account_id and device.community_id == enrolment.community_id
    )
    if not ours:
        raise CodeRefused("wrong_person")
    if device is not None and device.revoked_at is not None:
        raise CodeRefused("revoked")


def known_device(session: Session, token: str, *, key: bytes, now: datetime) -> Device:
    """The device of a token that still lives; revoked or not."""
    device = devices.by_token(session, token_hash(token, key)) if token else None
    if device is None:
        raise UnknownDevice()
    if now >= device.token_until:
        raise UnknownDevice("token_expired")
    return device


def revoke(session: Session, actor: Actor, device_id: int, reason: str, *, now: datetime) -> Device:
    """A lost tablet: it learns nothing any more, and what it still sends is kept and quarantined."""
    device = session.get(Device, device_id, with_for_update=True)
    if device is None:
        raise NotFound()
    require(actor, Action.MANAGE_DEVICES, Subject(device.community_id))
    if not reason.strip():
        raise BadInput(why=N_("停用平板要写明原因。"), next_step=N_("请写一句原因，例如哪天在哪里丢失。"))
    _stop(session, actor, device, reason.strip()[:200], now)
    return device


def stop_own(session: Session, actor: Actor, community_id: int, device_id: int, *, now: datetime) -> None:
    """Whoever finds a tablet under their name that is not theirs stops it themselves, at once and without a reason."""
    require(actor, Action.CANVASS, Subject(community_id))
    device = session.get(Device, device_id, with_for_update=True)
    if device is None or (device.community_id, device.account_id) != (community_id, actor.account_id):
        raise BadInput(
            what=N_("没有停用平板。"),
            why=N_("您名下没有这台平板。"),
            next_step=N_("请打开“我的平板”再看一看。"),
        )
    _stop(session, actor, device, BY_ITS_PERSON, now)


def _stop(session: Session, actor: Actor, device: Device, reason: str, now: datetime) -> None:
    if device.revoked_at is None:
        device.revoked_at, device.revoked_by_id, device.revoke_reason = now, actor.account_id, reason
        journal.note(session, actor, device.community_id, "device_revoked", "device", device.id, now=now)
        session.flush()


def heard(device: Device, sent_at: datetime | None, report: dict[str, Any], *, now: datetime) -> timedelta:
    """The device has spoken: when, with which clock, and what it says of itself. Gives the skew."""
    skew = tablet_clock.skew(sent_at, now) if sent_at else timedelta(seconds=device.skew_seconds)
    device.last_seen_at, device.skew_seconds = now, _seconds(skew)
    if report:
        device.report = report
        device.app_build = str(report.get("app_build") or device.app_build)[:60]
    return skew
