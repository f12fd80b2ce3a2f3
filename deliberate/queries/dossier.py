"""The dossier (卷宗): everything about one matter, in the order in which it happened."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Role
from deliberate.models import (
    Account,
    Comment,
    ConsentRound,
    Evaluation,
    Notice,
    Objection,
    Proposal,
    RollCertificate,
    RollLeftOut,
    RoundExtension,
)

from . import counts, executions, proposals, recounts, spot_checks
from . import notices as posted
from . import objections as filed


@dataclass(frozen=True, slots=True)
class Certified:
    """A signature under the roll."""

    name: str
    role: Role
    certificate: RollCertificate


@dataclass(frozen=True, slots=True)
class RoundFile:
    """One round of asking the households."""

    counting: counts.Counting
    certificates: tuple[Certified, ...]
    left_out: int
    extensions: Sequence[RoundExtension]
    numbers: filed.Numbers
    objections: Sequence[Objection]
    buildings: Sequence[recounts.InBuilding]
    check: spot_checks.Published | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """All of it."""

    matter: proposals.Matter
    remarks: dict[int, int]
    """How many remarks each round of discussion had."""
    rounds: tuple[RoundFile, ...]
    notices: Sequence[Notice]
    carried_out: executions.CarriedOut | None
    ratings: Sequence[Evaluation]


def of_proposal(session: Session, proposal: Proposal) -> Dossier:
    """Everything about the matter; answers of households in totals only, objections without names."""
    said = session.execute(
        select(Comment.discussion_round_id, func.count())
        .where(Comment.proposal_id == proposal.id)
        .group_by(Comment.discussion_round_id)
    )
    rounds = session.scalars(
        select(ConsentRound.id).where(ConsentRound.proposal_id == proposal.id).order_by(ConsentRound.n)
    )
    return Dossier(
        matter=proposals.matter(session, proposal, with_drafts=True),
        remarks=dict(iter(said)),
        rounds=tuple(_round(session, proposal.community_id, round_id) for round_id in rounds),
        notices=posted.about(session, proposal.id),
        carried_out=executions.of_proposal(session, proposal.id),
        ratings=executions.remarks(session, proposal.id),
    )


def _round(session: Session, community_id: int, round_id: int) -> RoundFile:
    found = counts.counting(session, community_id, round_id)
    assert found is not None  # noqa: S101 – it was found by its own id
    shown = found.objection_until is not None
    return RoundFile(
        counting=found,
        certificates=_certificates(session, round_id),
        left_out=session.scalars(
            select(func.count()).select_from(RollLeftOut).where(RollLeftOut.consent_round_id == round_id)
        ).one(),
        extensions=session.scalars(
            select(RoundExtension)
            .where(RoundExtension.consent_round_id == round_id)
            .order_by(RoundExtension.id)
        ).all(),
        numbers=filed.numbers(session, round_id),
        objections=[one.objection for one in filed.answered_in(session, round_id)],
        buildings=recounts.by_building(session, round_id) if shown else (),
        check=spot_checks.published(session, round_id),
    )


def _certificates(session: Session, round_id: int) -> tuple[Certified, ...]:
    rows = session.execute(
        select(Account.display_name, RollCertificate)
        .join(Account, Account.id == RollCertificate.account_id)
        .where(RollCertificate.consent_round_id == round_id)
        .order_by(RollCertificate.id)
    )
    return tuple(Certified(name, certificate.role, certificate) for name, certificate in rows)
