"""The result of a matter as its pages show it: what was counted, objected to, and carried out."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flask import Flask, g, url_for
from flask.typing import ResponseReturnValue

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Subject
from deliberate.domain.rules import LOWEST, threshold
from deliberate.domain.spot_check import percent_up, sure
from deliberate.domain.tally import percent_down
from deliberate.queries import counts, executions, objections, recounts, spot_checks, subjects
from deliberate.services import bulletin, rounds
from deliberate.services.execution import account
from deliberate.services.pictures import file_name

from . import printing
from .store import now, reader


@dataclass(frozen=True, slots=True)
class Result:
    """The newest round whose result was shown, and what followed."""

    counting: counts.Counting
    sheet: counts.Sheet
    objections: objections.Numbers
    buildings: Sequence[recounts.InBuilding]
    earlier: Sequence[counts.Counting]
    carried_out: executions.CarriedOut | None
    objecting: bool
    """Households may object now."""
    rating: bool
    """Households are asked what they think of it."""
    check: spot_checks.Published | None
    recountable: bool
    """A signed head covers the round: there is a bulletin."""

    @property
    def mark(self) -> str:
        """The share of households that must agree, in percent."""
        return mark_of(self.counting)

    @property
    def sure(self) -> str:
        """How likely the spot check notices a wrong outcome, at least, in percent."""
        return sure(Fraction(self.check.check.risk_limit if self.check else 0, 100))

    @property
    def risk(self) -> str:
        """The chance that it does not, in percent."""
        return shown_risk(self.check.check.risk if self.check else 0)


def mark_of(one: counts.Counting) -> str:
    """The share of all households that must agree, in percent."""
    share = threshold(rounds.rules_of(one.round)) or LOWEST
    return percent_down(share.numerator, share.denominator)


def shown_risk(hundredths: int) -> str:
    """A kept risk as people read it, in percent."""
    return percent_up(Fraction(hundredths, 10000))


def risks(counting: counts.Counting, published: spot_checks.Published) -> tuple[str, str, str]:
    """The mark, how surely a wrong outcome is noticed, and the risk that it is not, in percent."""
    check = published.check
    return mark_of(counting), sure(Fraction(check.risk_limit, 100)), shown_risk(check.risk)


def of_matter(proposal_id: int) -> Result | None:
    """What `public/matter_result.html` shows as `result`; None before any result was shown."""
    shown = counts.shown(reader(), proposal_id)
    if not shown or shown[0].last is None:
        return None
    last = shown[0]
    until, carried_out = last.objection_until, executions.of_proposal(reader(), proposal_id)
    completion = carried_out.completion if carried_out else None
    return Result(
        counting=last,
        sheet=_published(last),
        objections=objections.numbers(reader(), last.round.id),
        buildings=recounts.by_building(reader(), last.round.id),
        earlier=shown[1:],
        carried_out=carried_out,
        objecting=last.outcome is None and until is not None and now() < until,
        rating=completion is not None and now() < completion.evaluate_until,
        check=spot_checks.published(reader(), last.round.id),
        recountable=bulletin.ready(reader(), last.round.id),
    )


def _published(counting: counts.Counting) -> counts.Sheet:
    """The newest sheet that a scrutineer signed; an amendment counts from its signature on."""
    return next(sheet for sheet in reversed(counting.sheets) if sheet.signed)


def the_counting(round_id: int) -> counts.Counting:
    """The round of the address, if of this community."""
    found = counts.counting(reader(), g.community.id, round_id)
    if found is None:
        raise NotFound()
    return found


def about_round(round_id: int, **_: object) -> Subject:
    """The round of the address."""
    return subjects.of_round(reader(), round_id, g.community.id)


def about_matter_number(number: int, **_: object) -> Subject:
    """The matter of the number in the address."""
    return Subject(community_id=the_proposal(number).community_id)


def the_proposal(number: int) -> executions.Proposal:
    """The matter of the number in the address, if of this community."""
    found = executions.matter(reader(), g.community.id, number)
    if found is None:
        raise NotFound()
    return found


def sheet_on_paper(one: counts.Counting, sheet: counts.Sheet, back_url: str) -> ResponseReturnValue:
    """A count sheet to be printed, with the way back."""
    name = f"count-sheet-{one.round.id}-{sheet.sheet.n}"
    return printing.sheet("print/count_sheet.html", name, counting=one, sheet=sheet, back_url=back_url)


def picture_url(picture: executions.Picture) -> str:
    """Where a kept picture is served."""
    digest, _dot, extension = file_name(picture.sha256, picture.mime).partition(".")
    return url_for("public.picture", digest=digest, extension=extension)


def install(app: Flask) -> None:
    """Give the templates the accounts of an execution, and its pictures."""
    app.jinja_env.filters.update(account=account, picture_url=picture_url)
