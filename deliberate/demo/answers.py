"""Thousands of answers: online by letter, on paper by crews, each day of the round a few more."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from PIL import Image, ImageDraw
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from deliberate.domain import serial as serials
from deliberate.domain.consent import Answer, Channel, Deed
from deliberate.domain.permissions import Actor
from deliberate.domain.round import EvidenceRole, Relation, VisitOutcome
from deliberate.domain.rules import Electorate
from deliberate.models import (
    Consent,
    ConsentPaper,
    ConsentRound,
    Crew,
    Duty,
    Evidence,
    FormIssue,
    Household,
    Letter,
    RollEntry,
    Visit,
)
from deliberate.services import evidence
from deliberate.services.duties import members_of_crew, together
from deliberate.services.exhibits import Exhibit
from deliberate.services.papers import signing
from deliberate.services.recording import Draft, First, Recorder, record_first
from deliberate.storage import Folder

from .stage import Stage


@dataclass(frozen=True, slots=True)
class Planned:
    """One household's answer, planned."""

    entry: RollEntry
    answer: Answer
    channel: Channel


def photo(stage: Stage) -> Exhibit:
    """One picture of a form for all: clearly no real paper."""
    image = Image.new("RGB", (1240, 1754), "#fdfbf6")
    draw = ImageDraw.Draw(image)
    for n in range(12):
        draw.line((120, 300 + 110 * n, 1120, 300 + 110 * n), fill="#b9b2a2", width=3)
    draw.text((120, 120), "DEMO  ·  synthetic form, no real person", fill="#5b4b8a", font_size=44)
    draw.arc((640, 1340, 1040, 1520), 20, 300, fill="#1c2430", width=6)
    data = io.BytesIO()
    image.save(data, "JPEG", quality=80)
    return evidence.keep_exhibit(Folder(stage.instance_dir), EvidenceRole.PHOTO, data.getvalue())


def plan_answers(
    stage: Stage, entries: Sequence[RollEntry], numbers: dict[Answer, int], paper_share: float
) -> list[Planned]:
    """So many of each answer, on random doors and channels."""
    doors = stage.chance.sample(list(entries), sum(numbers.values()))
    said = [answer for answer, number in numbers.items() for _ in range(number)]
    stage.chance.shuffle(said)
    return [
        Planned(entry, answer, Channel.PAPER if stage.chance.random() < paper_share else Channel.ONLINE)
        for entry, answer in zip(doors, said, strict=True)
    ]


def household_entries(session: Session, round_id: int) -> list[RollEntry]:
    """The households on the roll of a round, in order."""
    return list(
        session.scalars(
            select(RollEntry)
            .where(RollEntry.consent_round_id == round_id, RollEntry.electorate == Electorate.HOUSEHOLD)
            .order_by(RollEntry.id)
        )
    )


class Recording:
    """Writes planned answers of one round down, with serials, visits, papers and evidence."""

    def __init__(self, stage: Stage, session: Session, consent_round: ConsentRound) -> None:
        self.stage, self.session, self.round = stage, session, consent_round
        self.letters = dict(
            session.execute(
                select(Letter.household_id, Letter.id).where(Letter.community_id == stage.community_id)
            ).all()
        )
        self.crews = [
            (crew, duty, together(members_of_crew(session, crew)), self._serials(crew))
            for crew, duty in session.execute(
                select(Crew, Duty)
                .join(Duty, Duty.crew_id == Crew.id)
                .where(Crew.consent_round_id == consent_round.id)
                .order_by(Crew.id)
            ).all()
        ]
        self.photo = photo(stage)

    def _serials(self, crew: Crew) -> "count[int]":
        """The crew's forms, from the first that is not registered yet."""
        first, last = self.session.execute(
            select(FormIssue.first_serial, FormIssue.last_serial).where(FormIssue.crew_id == crew.id)
        ).one()
        highest = self.session.scalar(
            select(func.max(Consent.serial)).where(
                Consent.serial >= serials.printed(first), Consent.serial <= serials.printed(last)
            )
        )
        return count((serials.read(highest) or first) + 1 if highest else first)

    def next_free(self, crew: Crew | None) -> str:
        """The first serial of the crew that nobody has registered."""
        numbers = next(n for c, _duty, _people, n in self.crews if crew is None or c.id == crew.id)
        used = set(self.session.scalars(select(Consent.serial).where(Consent.serial.is_not(None))))
        return next(serial for n in numbers if (serial := serials.printed(n)) not in used)

    def write(self, planned: Sequence[Planned], *, now: datetime) -> None:
        """One day's answers."""
        online = [p for p in planned if p.channel is Channel.ONLINE]
        paper = [p for p in planned if p.channel is Channel.PAPER]
        key = self.stage.code_key
        if online:
            firsts = [First(Actor(), p.entry, self._online(p)) for p in online]
            record_first(self.session, self.round, firsts, key=key, now=now)
        if paper:
            self._papers(paper, now)

    def _online(self, p: Planned) -> Draft:
        letter = Recorder(letter_id=self.letters[p.entry.household_id])
        return Draft(Deed.ANSWER, p.answer, Channel.ONLINE, f"demo-{p.entry.id}", letter)

    def _papers(self, planned: Sequence[Planned], now: datetime) -> None:
        at_door = now - timedelta(hours=2)
        signers = self._signers(planned)
        by_crew = {p.entry.id: self.crews[p.entry.building_id % len(self.crews)] for p in planned}
        firsts, names = [], {}
        for p in planned:
            crew, duty, people, numbers = by_crew[p.entry.id]
            names[p.entry.id] = (people, crew, duty)
            firsts.append(
                First(
                    Actor(),
                    p.entry,
                    Draft(
                        Deed.ANSWER,
                        p.answer,
                        Channel.PAPER,
                        f"demo-{p.entry.id}",
                        Recorder(duty.account_id),
                        duty_id=duty.id,
                        serial=serials.printed(next(numbers)),
                        signed_at=at_door,
                        signing=signing(signers[p.entry.id], Relation.HEAD, people, [self.photo]),
                    ),
                )
            )
        record_first(self.session, self.round, firsts, key=self.stage.code_key, now=now)
        self._keep_papers(planned, signers, names, at_door, now)

    def _signers(self, planned: Sequence[Planned]) -> dict[int, str]:
        """Who signs for each entry: the head of the household, where the list names one."""
        heads = dict(
            self.session.execute(
                select(Household.id, Household.head_name).where(
                    Household.id.in_([p.entry.household_id for p in planned])
                )
            ).all()
        )
        return {p.entry.id: heads[p.entry.household_id] or "演示签字人" for p in planned}

    def _keep_papers(
        self,
        planned: Sequence[Planned],
        signers: dict[int, str],
        names: dict[int, tuple[str, Crew, Duty]],
        at_door: datetime,
        now: datetime,
    ) -> None:
        place = self.stage.community_id
        ids = dict(
            self.session.execute(
                select(Consent.roll_entry_id, Consent.id).where(
                    Consent.roll_entry_id.in_([p.entry.id for p in planned])
                )
            ).all()
        )
        papers = [
            {
                "consent_id": ids[p.entry.id],
                "community_id": place,
                "signer_name": signers[p.entry.id],
                "relation": Relation.HEAD,
                "canvassers": names[p.entry.id][0],
                "language": "zh-Hans",
            }
            for p in planned
        ]
        shown = [
            {
                "community_id": place,
                "consent_id": ids[p.entry.id],
                "role": self.photo.role,
                "sha256": self.photo.sha256,
                "mime": self.photo.mime,
                "size": self.photo.size,
                "at": now,
            }
            for p in planned
        ]
        visits = [
            self._visit(p.entry.household_id, names[p.entry.id], VisitOutcome.ANSWERED, at_door, now)
            for p in planned
        ]
        self.session.execute(insert(ConsentPaper), papers)
        self.session.execute(insert(Evidence), shown)
        self.session.execute(insert(Visit), visits)

    def _visit(
        self,
        household_id: int,
        by: tuple[str, Crew, Duty],
        outcome: VisitOutcome,
        at_door: datetime,
        now: datetime,
    ) -> dict[str, object]:
        people, crew, duty = by
        return {
            "community_id": self.stage.community_id,
            "household_id": household_id,
            "crew_id": crew.id,
            "outcome": outcome,
            "at_door": at_door,
            "come_back_at": now + timedelta(hours=2) if outcome is VisitOutcome.COME_BACK else None,
            "note": "",
            "canvassers": people,
            "recorded_at": now,
            "recorded_by_id": duty.account_id,
            "request_id": f"demo-{self.round.id}-{household_id}-{outcome}",
        }

    def nobody_home(self, entries: Sequence[RollEntry], *, now: datetime) -> None:
        """Doors at which nobody was, or that asked to come back this evening."""
        rows = []
        for entry in entries:
            crew, duty, people, _numbers = self.crews[entry.building_id % len(self.crews)]
            away = self.stage.chance.random() < 0.95
            outcome = VisitOutcome.NOT_HOME if away else VisitOutcome.COME_BACK
            rows.append(
                self._visit(entry.household_id, (people, crew, duty), outcome, now - timedelta(hours=3), now)
            )
        self.session.execute(insert(Visit), rows)
