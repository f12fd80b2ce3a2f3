"""Builders for guarded rounds that are spot-checked: plan, dice, asking, forms, verdict, as the deeds write them."""

from itertools import count

from deliberate.domain.notice import NoticeKind
from deliberate.domain.spot_check import CheckKind, CheckResult, FormShows, Said, Way
from deliberate.models import (
    Consent,
    CountSheet,
    FormCheck,
    FullRecheck,
    Notice,
    SpotCheck,
    SpotDraw,
    SpotSample,
    SpotVerdict,
    SpotVisit,
)
from tests.make_guarded import Place, Round, after

_number = count(1)


def spot_check(at: Place, made: Round, of: CountSheet, kind: CheckKind, sample: int = 0) -> SpotCheck:
    """A plan for the sheet, by its scrutineer."""
    check = SpotCheck(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        count_sheet_id=of.id,
        kind=kind,
        frame=8,
        wrong=1,
        allowed=0,
        sample=sample,
        enough=sample or 8,
        risk_limit=5,
        risk=500 if sample else 0,
        at=after(19),
        by_id=at.staff.scrutineer.id,
    )
    at.session.add(check)
    at.session.flush()
    return check


def draw(at: Place, made: Round, check: SpotCheck, *entries: int) -> list[SpotSample]:
    """The dice, and the entries of these numbers (from 1) that they name."""
    at.session.add(
        SpotDraw(
            community_id=at.community.id,
            consent_round_id=made.row.id,
            spot_check_id=check.id,
            seed="0" * 20,
            at=after(20),
            by_id=at.staff.scrutineer.id,
        )
    )
    at.session.flush()
    samples = [
        SpotSample(
            community_id=at.community.id,
            consent_round_id=made.row.id,
            spot_check_id=check.id,
            roll_entry_id=made.entries[entry - 1].id,
            place=place,
        )
        for place, entry in enumerate(entries, 1)
    ]
    at.session.add_all(samples)
    at.session.flush()
    return samples


def revisited(at: Place, sample: SpotSample, said: Said | None) -> SpotVisit:
    """The scrutineer asks there."""
    visit = SpotVisit(
        community_id=at.community.id,
        consent_round_id=sample.consent_round_id,
        spot_sample_id=sample.id,
        way=Way.VISIT,
        said=said,
        at=after(21),
        by_id=at.staff.scrutineer.id,
        request_id=f"revisit-{next(_number)}",
    )
    at.session.add(visit)
    at.session.flush()
    return visit


def recheck(at: Place, made: Round, check: SpotCheck) -> FullRecheck:
    """Every household told, the stack of forms opened."""
    notice = Notice(
        community_id=at.community.id,
        proposal_id=made.matter.id,
        consent_round_id=made.row.id,
        kind=NoticeKind.RECHECK,
        data={},
        published_at=after(22),
    )
    at.session.add(notice)
    at.session.flush()
    begun = FullRecheck(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        spot_check_id=check.id,
        notice_id=notice.id,
        at=after(22),
        by_id=at.staff.scrutineer.id,
    )
    at.session.add(begun)
    at.session.flush()
    return begun


def form_checked(at: Place, made: Round, consent: Consent, shows: FormShows) -> FormCheck:
    """Its form laid beside the record, by the scrutineer."""
    check = FormCheck(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        consent_id=consent.id,
        shows=shows,
        at=after(23),
        by_id=at.staff.scrutineer.id,
    )
    at.session.add(check)
    at.session.flush()
    return check


def verdict(at: Place, made: Round, check: SpotCheck, of: CountSheet, result: CheckResult) -> SpotVerdict:
    """What the check came to."""
    given = SpotVerdict(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        spot_check_id=check.id,
        count_sheet_id=of.id,
        result=result,
        reached=0,
        differences=0,
        at=after(24),
        by_id=at.staff.scrutineer.id,
    )
    at.session.add(given)
    at.session.flush()
    return given


def rechecked(at: Place, made: Round, of: CountSheet) -> SpotVerdict:
    """A full recheck behind the sheet; its forms were checked before."""
    check = spot_check(at, made, of, CheckKind.FULL)
    recheck(at, made, check)
    return verdict(at, made, check, of, CheckResult.RECHECKED)
