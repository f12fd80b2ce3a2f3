"""Rounds whose sheet is signed and that are checked: what tests of the spot check and the recheck do with them."""

from dataclasses import dataclass

from sqlalchemy import select

from deliberate.db import Transaction
from deliberate.domain.consent import Standing
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.domain.spot_check import (
    CheckResult,
    FormShows,
    Said,
)
from deliberate.models import (
    Consent,
    EntryStanding,
    Household,
)
from deliberate.queries import spot_samples
from deliberate.services import (
    counting,
    form_checks,
    full_rechecks,
    objections,
    spot_checks,
)
from tests import make, make_check, make_count
from tests.make import Clock
from tests.make_round import KEY, OpenRound


@dataclass
class Signed:
    """A round whose sheet is signed, in an open transaction."""

    tx: Transaction
    at: OpenRound
    clock: Clock

    def actor(self, name: str):  # type: ignore[no-untyped-def]
        return make.actor(self.tx.session, getattr(self.at.staff, name))

    def draw(self, allowed: int = 0) -> list[spot_samples.Asked]:
        return make_check.drawn(self.tx.session, self.at, allowed=allowed, now=self.clock.at)

    def ask(self, one: spot_samples.Asked, said: Said | None, tag: str = "") -> None:
        make_check.says_again(self.tx.session, one, said, now=self.clock.at, tag=tag)

    def conclude(self) -> CheckResult:
        return spot_checks.conclude_check(
            self.tx.session, self.actor("scrutineer"), self.at.round.id, now=self.clock.at
        ).result

    def check_form(self, consent: Consent, shows: FormShows, by: str = "scrutineer") -> None:
        form_checks.check_form(self.tx.session, self.actor(by), consent.id, shows, key=KEY, now=self.clock.at)

    def finish(self) -> CheckResult:
        return full_rechecks.finish(
            self.tx.session, self.actor("scrutineer"), self.at.round.id, now=self.clock.at
        ).result

    def amend(self, reason: str = "全面复核") -> None:
        """The sheet is put right and signed anew."""
        session, now = self.tx.session, self.clock.at
        sheet = counting.amend_sheet(session, self.actor("moderator"), self.at.round.id, reason, now=now)
        counting.sign_sheet(session, self.actor("scrutineer"), sheet.id, sheet.sha256, now=now)

    def forms(self) -> list[Consent]:
        rows = select(Consent).where(
            Consent.consent_round_id == self.at.round.id, Consent.serial.is_not(None)
        )
        return list(self.tx.session.scalars(rows.order_by(Consent.id)))

    def standing(self, entry: int) -> Standing:
        return self.tx.session.get_one(EntryStanding, self.at.entries[entry].id).standing


def signed(tx: Transaction, clock: Clock, *answers: int, on_paper: int = 0) -> Signed:
    """So many households, agreeing, disagreeing; the sheet signed and the result shown."""
    return shown(tx, make_count.answered(tx, *answers, on_paper=on_paper), clock)


def shown(tx: Transaction, at: OpenRound, clock: Clock) -> Signed:
    """This one, closed; the sheet signed and the result shown."""
    make_count.signed(at, tx, clock)
    moderator = make.actor(tx.session, at.staff.moderator)
    counting.show_result(tx.session, moderator, at.round.id, now=clock.at)
    return Signed(tx, at, clock)


def object_and_amend(one: Signed, consent_id: int, entry: int) -> None:
    """The household says that it was not them; upheld, the sheet is amended and signed."""
    objected(one, consent_id, entry)
    one.amend("复核后作废一份")


def objected(one: Signed, consent_id: int, entry: int) -> None:
    """The household says that it was not them; upheld, the record is voided."""
    session, now = one.tx.session, one.clock.at
    home = session.get_one(Household, one.at.entries[entry].household_id)
    member = make.actor(session, make.resident(session, home))
    filed = objections.file_objection(
        session, member, one.at.round.id, home.id, ObjectionKind.NOT_US, "不是我们填的。", now=now
    )
    answer = objections.Answer(Finding.UPHELD, "当面", "作废。", consent_id)
    other = one.actor("other_moderator")
    objections.answer_objection(session, other, filed.id, answer, key=KEY, now=now)


def consent_of(one: Signed, entry_id: int) -> int:
    return one.tx.session.scalars(select(Consent.id).where(Consent.roll_entry_id == entry_id)).one()
