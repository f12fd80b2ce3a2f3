"""The stack of a full recheck: every form that counts, beside its record and its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from deliberate.domain.consent import Channel, Deed, Standing
from deliberate.domain.permissions import Action, Actor, may
from deliberate.domain.spot_check import FormShows
from deliberate.models import (
    Building,
    Consent,
    ConsentPaper,
    EntryStanding,
    Evidence,
    FormCheck,
    Household,
    RollEntry,
    Supersession,
)

from . import subjects

FORMS = (Deed.ANSWER, Deed.CHANGE, Deed.CORRECTION)
"""Records that were made from a form; a settlement has none of its own."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form that counts, with its record."""

    consent: Consent
    entry: RollEntry
    home: Household
    paper: ConsentPaper | None
    evidence: Sequence[Evidence]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the stack is."""

    checked: int
    waiting: int
    differing: int

    @property
    def all(self) -> int:
        return self.checked + self.waiting


def _gone() -> Select[int]:
    """Records that a counted one has superseded."""
    newer = aliased(Consent)
    return (
        select(Supersession.superseded_id)
        .join(newer, newer.id == Supersession.by_consent_id)
        .where(newer.late.is_(False))
    )


def _waiting(round_id: int) -> Select[Consent]:
    """Forms that count and were not laid beside their record yet; the record of a correction was."""
    corrected = exists().where(
        Supersession.by_consent_id == Consent.id, Supersession.superseded_id == FormCheck.consent_id
    )
    return (
        select(Consent)
        .where(
            Consent.consent_round_id == round_id,
            Consent.channel == Channel.PAPER,
            Consent.deed.in_(FORMS),
            Consent.late.is_(False),
            Consent.id.not_in(_gone().where(Supersession.consent_round_id == round_id)),
            Consent.id.not_in(select(FormCheck.consent_id).where(FormCheck.consent_round_id == round_id)),
            ~corrected,
        )
        .order_by(Consent.id)
    )


def _checked_heads() -> Select[FormCheck, Consent]:
    """Checks of forms whose record still counts; one that was put right has another in its place."""
    return (
        select(FormCheck, Consent)
        .join(Consent, Consent.id == FormCheck.consent_id)
        .where(Consent.id.not_in(_gone()))
        .order_by(Consent.id)
    )


@dataclass(frozen=True, slots=True)
class Unlike:
    """A record that still stands, what its form shows instead, and who found that."""

    consent: Consent
    shows: FormShows
    by_id: int


def unlike_of(session: Session, entry_id: int) -> list[Unlike]:
    """The records of this home that their forms deny."""
    rows = session.execute(_checked_heads().where(Consent.roll_entry_id == entry_id))
    return [
        Unlike(consent, check.shows, check.by_id)
        for check, consent in rows
        if check.shows.value != consent.answer
    ]


def waits(session: Session, entry: RollEntry) -> bool:
    """Whether some form of this home was not laid beside its record yet."""
    its = _waiting(entry.consent_round_id).where(Consent.roll_entry_id == entry.id)
    return session.scalar(its.with_only_columns(Consent.id).limit(1)) is not None


def unlike(session: Session, round_id: int) -> int:
    """Records that count otherwise than their form shows: none, but where a home contradicts itself anyway."""
    rows = session.execute(
        _checked_heads()
        .join(EntryStanding, EntryStanding.roll_entry_id == Consent.roll_entry_id)
        .where(FormCheck.consent_round_id == round_id, EntryStanding.standing != Standing.CONTRADICTION)
    )
    return sum(check.shows.value != consent.answer for check, consent in rows)


def was_corrected(session: Session, consent_id: int) -> bool:
    """Whether this record was made by laying its form beside the one before."""
    checked = select(Supersession.superseded_id).join(
        FormCheck, FormCheck.consent_id == Supersession.superseded_id
    )
    return session.scalar(checked.where(Supersession.by_consent_id == consent_id).limit(1)) is not None


def progress(session: Session, round_id: int) -> Progress:
    """How many were checked, how many differ from their record, how many wait."""
    waiting = session.scalars(select(func.count()).select_from(_waiting(round_id).subquery())).one()
    rows = session.execute(
        select(FormCheck.shows, Consent.answer)
        .join(Consent, Consent.id == FormCheck.consent_id)
        .where(FormCheck.consent_round_id == round_id)
    ).all()
    differing = sum(shows.value != answer for shows, answer in rows)
    return Progress(len(rows), waiting, differing)


def next_form(session: Session, actor: Actor, round_id: int) -> Form | None:
    """The first form of the stack that this person may check; None when there is none."""
    waiting = session.scalars(_waiting(round_id)).all()
    entries = session.scalars(
        select(RollEntry).where(RollEntry.id.in_({consent.roll_entry_id for consent in waiting}))
    ).all()
    about = subjects.of_cases(session, entries)
    for consent in waiting:
        if may(actor, Action.CHECK_FORM, about[consent.roll_entry_id]):
            return _form(session, consent)
    return None


def of_consent(session: Session, community_id: int, consent_id: int) -> Form | None:
    """The form of a record, if of this community."""
    consent = session.get(Consent, consent_id)
    if consent is None or consent.community_id != community_id:
        return None
    return _form(session, consent)


def _form(session: Session, consent: Consent) -> Form:
    entry = session.get_one(RollEntry, consent.roll_entry_id)
    home = session.scalars(
        select(Household)
        .where(Household.id == entry.household_id)
        .options(joinedload(Household.building).joinedload(Building.estate))
    ).one()
    evidence = session.scalars(
        select(Evidence).where(Evidence.consent_id == consent.id).order_by(Evidence.id)
    )
    return Form(consent, entry, home, session.get(ConsentPaper, consent.id), evidence.all())


def check_of(session: Session, consent_id: int) -> FormCheck | None:
    """The check of this form, if it was made."""
    return session.scalar(select(FormCheck).where(FormCheck.consent_id == consent_id))
