"""Corrections and supplements: records that name an earlier one, which stays as it is (rule 6)."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.sync import IN_FORCE, Kind, Reason
from deliberate.domain.tablet_record import Form, Payload, Said, read_payload
from deliberate.models import Consent, Device, TabletDecision, TabletRecord
from deliberate.queries import devices

from .answerable import clocks_of, entry_of
from .paper_corrections import Correction, correct_paper
from .quarantining import NotYet, Quarantine
from .settling import give_way
from .straight_book import Straight, hold
from .tablet_by_hand import exchange_papers, in_force
from .tablet_doors import Delivered, Done, only, seal
from .tablet_evidence import Exhibits
from .visits import VisitNote, record_visit


def supplement(session: Session, at: Delivered) -> Done:
    """Evidence that follows. A record that waits for it is judged next; beside one in force it is only kept.

    What shows a consent is sealed with it in the ledger, so nothing is added to it afterwards.
    """
    _named(session, at, at.payload.about or "")
    return Done()


def correct(session: Session, at: Delivered, exhibits: Exhibits) -> Done:
    """In place of what never came into force the whole door; of what did, what a person may correct alone."""
    line = _line(session, at)
    for wrong in line:
        if not at.decided:
            _refuse_others(session, at, wrong)
        _refuse_corrected(at, wrong)
    if line[-1].verdict in IN_FORCE:
        done = _put_right(session, at, line[-1], exhibits)
    else:
        done = seal(Straight(session), at, exhibits)
    for wrong in line:
        give_way(session, wrong, at.record.record_id, at.now)
    return done


def _line(session: Session, at: Delivered) -> list[TabletRecord]:
    """The record that it corrects; as long as that is a correction not in force itself, the one behind it, too."""
    line = [_named(session, at, at.payload.about or "")]
    while (last := line[-1]).kind is Kind.CORRECTION and last.verdict not in IN_FORCE:
        line.append(_named(session, at, last.about or ""))
        if line[-1] in (at.record, *line[:-1]):  # in a circle
            raise Quarantine(Reason.BY_HAND)
    return line


def _named(session: Session, at: Delivered, about: str) -> TabletRecord:
    """The door under this id; NotYet while it is not here."""
    found = devices.original(session, about, held=True)
    if found is None:
        raise NotYet(about)
    if found.community_id != at.record.community_id or found.kind not in (Kind.DOOR, Kind.CORRECTION, None):
        raise Quarantine(Reason.BY_HAND)
    return found


def _refuse_others(session: Session, at: Delivered, wrong: TabletRecord) -> None:
    """A person corrects their own record, once, and not after somebody has decided on it."""
    device = session.get(Device, wrong.device_id) if wrong.device_id else None
    decided = session.scalar(
        select(TabletDecision.id).where(
            TabletDecision.tablet_record_id == wrong.id, TabletDecision.accepted.is_(False)
        )
    )
    if device is None or device.account_id != at.actor.account_id or decided is not None:
        raise Quarantine(Reason.BY_HAND)


def _refuse_corrected(at: Delivered, wrong: TabletRecord) -> None:
    """A record is corrected once; the correction is corrected next."""
    if wrong.replaced_by not in (None, at.record.record_id):
        raise Quarantine(Reason.BY_HAND)


def _put_right(session: Session, at: Delivered, wrong: TabletRecord, exhibits: Exhibits) -> Done:
    before = read_payload(wrong.payload)
    if before.household_id != at.payload.household_id:
        raise Quarantine(Reason.BY_HAND)
    hold(session, (*before.entries, *at.payload.entries))
    recorded = in_force(session, wrong)
    late: set[int] = set()
    if at.decider is None:
        _refuse_other_paper(before, at.payload)
    else:
        recorded = exchange_papers(session, at, at.decider, recorded, exhibits)
    for form in at.payload.forms:
        for said in form.said:
            if (consent := recorded.get(said.entry_id)) and consent.answer is not said.answer:
                late |= _correct_answer(session, at, consent, said)
    forgotten = _without(at.payload.forms, recorded.keys() | set(before.entries))
    if forgotten:
        late |= set(seal(Straight(session), only(at, forgotten), exhibits).late_rounds)
    _correct_visit(session, at, before)
    return Done(tuple(sorted(late)))


def _without(forms: tuple[Form, ...], known: set[int]) -> tuple[Form, ...]:
    """The forms with the matters that the first record did not have."""
    rest = [replace(form, said=tuple(s for s in form.said if s.entry_id not in known)) for form in forms]
    return tuple(form for form in rest if form.said)


def _refuse_other_paper(before: Payload, after: Payload) -> None:
    """Another door, paper or signer, or a matter that is gone: that is no misreading, and a person decides."""
    papers_before = {said.entry_id: _paper(form) for form in before.forms for said in form.said}
    papers_after = {said.entry_id: _paper(form) for form in after.forms for said in form.said}
    if not all(papers_after.get(entry) == paper for entry, paper in papers_before.items()):
        raise Quarantine(Reason.BY_HAND)


def _paper(form: Form) -> tuple[str, str, str]:
    return form.serial, form.signer_name.strip(), form.relation


def _correct_answer(session: Session, at: Delivered, consent: Consent, said: Said) -> set[int]:
    """The answer that the paper really bears; after registering has ended it stays as it was."""
    _entry, its_round = entry_of(session, consent.roll_entry_id)
    if at.now >= clocks_of(its_round).register_until:
        return {its_round.id}
    request_id = f"{at.record.record_id}-c-{said.entry_id}"
    put_right = Correction(said.answer, at.payload.reason, request_id, overruled=at.decided)
    correct_paper(session, at.actor, consent.id, put_right, key=at.key, now=at.now)
    return set()


def _correct_visit(session: Session, at: Delivered, before: Payload) -> None:
    """Visits are only added to: another outcome is the door's newest."""
    seen, was = at.payload.visit, before.visit
    if seen is None or (was is not None and was.outcome is seen.outcome):
        return
    made = VisitNote(
        seen.outcome,
        at.moment(seen.at_door),
        f"{at.record.record_id}-visit",
        seen.come_back_at,
        seen.note,
        already_made=True,
    )
    record_visit(session, at.actor, at.payload.household_id, at.payload.crew_id, made, now=at.now)
