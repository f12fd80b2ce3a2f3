"""In whose voice an objection is filed; where a round asks a home twice, whoever objects says which is meant."""

from dataclasses import replace

from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotFound
from deliberate.domain.permissions import Actor, Subject
from deliberate.models import ConsentRound, RollEntry
from deliberate.queries import objectors, subjects


def voice_of(
    session: Session, actor: Actor, consent_round: ConsentRound, household_id: int, entry_id: int | None
) -> tuple[Subject, RollEntry | None]:
    """The voice that is named, else the only one that they have here: of two none is guessed (rule 12)."""
    about = subjects.of_household(session, household_id, consent_round.community_id)
    if entry_id is not None:
        named = _named(session, consent_round.id, household_id, entry_id)
        return subjects.of_voice(session, named), named
    mine = objectors.voices(session, actor, consent_round.id, [household_id])
    if len(mine) > 1:
        raise _of_which()
    if mine:
        return subjects.of_voice(session, mine[0].entry), mine[0].entry
    if objectors.speaks_as_owner(actor, household_id):
        about = replace(about, owned_ids=frozenset({household_id}))
    return about, None


def _named(session: Session, round_id: int, household_id: int, entry_id: int) -> RollEntry:
    """That entry, of this very home and round."""
    for entry in objectors.on_roll(session, round_id, household_id):
        if entry.id == entry_id:
            return entry
    raise NotFound()


def _of_which() -> BadInput:
    return BadInput(
        what=N_("没有登记异议。"),
        why=N_("这一轮，这一家有住户一份、业主一份，分开统计，没有写明说的是哪一份。"),
        next_step=N_("请选一份再提交；您填写的文字还在。"),
        field="voice",
    )
