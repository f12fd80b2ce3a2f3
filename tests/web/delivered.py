"""What the office finds of tablets: a record of the lost one with its photograph, in somebody's hand; a quiet time."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind, EvidenceRole
from deliberate.domain.serial import printed
from deliberate.domain.suspicion import Reach
from deliberate.domain.sync import UploadState, sha256_of
from deliberate.domain.tablet_clock import Sending
from deliberate.models import DeclaredEvidence, Device, EvidenceUpload, SuspendedConsent, TabletRecord
from deliberate.services import delivery, duties, quarantine, quiet, stacks, suspensions
from deliberate.services.evidence import name_of
from deliberate.services.exhibits import Exhibit
from tests import make
from tests.make_round import PHOTO, OpenRound, paper
from tests.web.uploads import png

NOW = make.START + timedelta(days=3)
SHOWN = "cd" * 32
"""The photograph's hash on the tablet."""


def lost_tablets_record(session: Session, at: OpenRound, place: str) -> dict[str, object]:
    """A door that the lost tablet delivered after it was revoked; the first home's, taken by a moderator."""
    device = session.scalars(select(Device).where(Device.uuid == lost(place))).one()
    payload = json.dumps(_door(at, device.uuid, place), ensure_ascii=False)
    sent = {
        "record_id": str(uuid5(NAMESPACE_URL, f"{place}/record")),
        "seq": 2,
        "sha256": sha256_of(payload.encode()),
        "payload": payload,
    }
    sender = delivery.Sender(at.community.id, device.uuid, device, delivery.SYNC, Sending(NOW, timedelta(0)))
    session.add(
        EvidenceUpload(
            community_id=at.community.id,
            device_uuid=device.uuid,
            sha256=SHOWN,
            role=EvidenceRole.PHOTO,
            length=10,
            have=10,
            state=UploadState.COMPLETE,
            kept_sha256=PHOTO.sha256,
            kept_mime=PHOTO.mime,
            kept_size=PHOTO.size,
            at=NOW,
        )
    )
    delivery.take(session, sender, [sent], key=make.CODE_KEY, now=NOW)
    record = session.scalars(select(TabletRecord).where(TabletRecord.device_uuid == device.uuid)).one()
    holder = make.actor(session, at.staff.other_moderator)
    quarantine.take_case(session, holder, record.id, now=NOW)
    declared = session.scalars(
        select(DeclaredEvidence.id).where(DeclaredEvidence.tablet_record_id == record.id)
    ).one()
    moderator = make.actor(session, at.staff.moderator)
    tomorrow = NOW + timedelta(days=1)
    span = quiet.add_quiet(
        session, moderator, at.community.id, tomorrow, tomorrow + timedelta(hours=4), "考试", now=NOW
    )
    return {
        "record_id": record.id,
        "declared_id": declared,
        "device_id": device.id,
        "quiet_id": span.id,
    }


def suspended_paper(session: Session, at: OpenRound) -> int:
    """A paper that another crew registered, suspended with it; a moderator has taken its case."""
    moderator = make.actor(session, at.staff.moderator)
    crew = duties.make_crew(session, moderator, at.round.id, "第二组", {}, "测试志愿者", now=NOW)
    person = make.staff(session, at.community, Role.CANVASSER)
    kind = DutyKind.CANVASSER
    duties.assign(session, moderator, at.round.id, person.id, kind, crew.id, now=NOW)
    theirs = replace(at, staff=replace(at.staff, canvasser=person))
    paper(session, theirs, at.entries[10], Answer.AGREE, 60, now=NOW)
    suspensions.suspend_crew(session, moderator, crew.id, "核查", Reach.ALL, key=make.CODE_KEY, now=NOW)
    one = session.scalars(
        select(SuspendedConsent.id).where(SuspendedConsent.consent_round_id == at.round.id)
    ).one()
    holder = make.actor(session, at.staff.other_moderator)
    suspensions.take_case(session, holder, one, now=NOW)
    return one


def stacked_picture(session: Session, at: OpenRound, instance: Path) -> int:
    """A picture of a form that nobody has entered, in the canvasser's hands."""
    shown = Exhibit(EvidenceRole.PHOTO, "ef" * 32, "image/png", len(png()))
    (instance / name_of(shown.sha256)).write_bytes(png())
    canvasser = make.actor(session, at.staff.canvasser)
    brought = stacks.bring(session, canvasser, at.community.id, shown, printed(70), now=NOW).picture
    assert brought is not None
    return brought.id


def lost(place: str) -> str:
    """The uuid of the lost tablet."""
    return str(uuid5(NAMESPACE_URL, f"{place}/lost_tablet"))


def _door(at: OpenRound, device_uuid: str, place: str) -> dict[str, object]:
    moment = NOW.isoformat()
    return {
        "v": 1,
        "kind": "door",
        "record_id": str(uuid5(NAMESPACE_URL, f"{place}/record")),
        "device_id": device_uuid,
        "seq": 2,
        "prev_sha256": "",
        "sealed_at": moment,
        "mono_ms": 1,
        "boot_id": device_uuid,
        "server_time": None,
        "mono_at_server_time": None,
        "epoch": "",
        "roll_version": "",
        "app_build": "",
        "mode": "door",
        "household_id": at.homes[0].id,
        "crew_id": at.crew.id,
        "visit": {"outcome": "answered", "at_door": moment, "come_back_at": None, "note": ""},
        "forms": [
            {
                "serial": printed(9),
                "signer_name": "测试签字人",
                "relation": "head",
                "signed_at": moment,
                "signed_mono_ms": None,
                "photo_follows": False,
                "said": [{"entry_id": at.entries[0].id, "answer": "agree", "plan_sha256": at.plan.sha256}],
                "evidence": [{"sha256": SHOWN, "size": 10, "mime": "image/jpeg", "role": "photo"}],
            }
        ],
    }
