"""From the end of answering to the archive, through the real application, in two languages."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from deliberate.db import Database
from deliberate.domain.lifecycle import Stage
from deliberate.models import (
    CountSheet,
    Notice,
    Objection,
    OutcomeRecord,
)
from tests import make, make_count
from tests.app import SignIn
from tests.journeys.counting_hall import LANGUAGES, Hall, get, post, recheck_everything, refused, sign
from tests.make import Clock


@pytest.fixture
def hall(database: Database, signed_in: SignIn, clock: Clock) -> Callable[..., Hall]:
    """`hall(10, 8)`: ten households, eight agree, every clock has run."""

    def build(number: int, agree: int, disagree: int = 0, on_paper: int = 1) -> Hall:
        return Hall(
            database,
            signed_in,
            clock,
            lambda tx: make_count.over(
                make_count.answered(tx, number, agree, disagree, on_paper=on_paper), tx, clock
            ),
        )

    return build


@pytest.mark.parametrize("language", LANGUAGES)
def test_counted_signed_shown_objected_amended_concluded(hall: Callable[..., Hall], language: str) -> None:
    at = hall(12, 11)
    assert f"/counting/{at.at.round.id}" not in get(at.moderator, at.desk("/"), language)
    post(at.moderator, f"{at.round}/close", language)
    post(at.moderator, f"{at.round}/close", language)
    assert at.count(CountSheet) == 1
    public = get(at.stranger, f"{at.base}/matters/1", language)
    assert 'id="result"' not in public
    assert at.stranger.get(f"{at.base}/rounds/{at.at.round.id}/sheet/1").status_code == 404
    refused(at.moderator, f"{at.round}/show", 409, language)
    sign(at, 1, language)
    post(at.moderator, f"{at.round}/show", language)
    post(at.moderator, f"{at.round}/show", language)
    assert at.stage is Stage.OBJECTION
    assert 'id="result"' in get(at.stranger, f"{at.base}/matters/1", language)
    get(at.stranger, f"{at.base}/rounds/{at.at.round.id}/sheet/1", language)
    refused(at.moderator, f"{at.round}/conclude", 409, language)

    mine = f"{at.base}/home/rounds/{at.at.round.id}/objection"
    get(at.resident, mine, language)
    refused(at.resident, mine, 422, language, kind="not_us", statement="")
    for _click in range(2):
        post(at.resident, mine, language, kind="not_us", statement="我家没有人签过字")
    assert at.count(Objection) == 1
    at.clock.forward(days=8)
    refused(at.resident, mine, 409, language, kind="procedure", statement="晚了")
    refused(at.moderator, f"{at.round}/conclude", 409, language)

    case = at.desk("/objections/1")
    assert "我家没有人签过字" in get(at.moderator, case, language)
    assert at.canvasser.get(case).status_code == 403
    refused(at.moderator, case, 422, language, finding="upheld", voided="0", method="", reply="")
    answer = {"finding": "upheld", "method": "笔迹比对", "reply": "经核对已作废。", "voided": "0"}
    page = refused(at.moderator, case, 422, language, **answer)
    assert "经核对已作废。" in page
    post(at.moderator, case, language, **(answer | {"voided": "1"}))
    assert "经核对已作废。" in get(at.resident, mine, language)
    refused(at.moderator, f"{at.round}/conclude", 409, language)
    refused(at.moderator, f"{at.round}/amend", 422, language, reason="")
    post(at.moderator, f"{at.round}/amend", language, reason="一份意见经复核作废")
    refused(at.moderator, f"{at.round}/conclude", 409, language)
    sign(at, 2, language)
    refused(at.moderator, f"{at.round}/conclude", 409, language)
    recheck_everything(at, language)
    at.clock.forward(days=4)
    for _click in range(2):
        post(at.moderator, f"{at.round}/conclude", language)
    assert (at.count(OutcomeRecord), at.stage) == (1, Stage.ADOPTED)
    with at.database.reading() as session:
        kinds = list(session.scalars(select(Notice.kind).order_by(Notice.id)))
        numbers = list(session.scalars(select(Notice.id).order_by(Notice.id)))
    assert [str(kind) for kind in kinds[-3:]] == ["amendment", "recheck", "final"]
    for notice in numbers[-3:]:
        get(at.stranger, f"{at.base}/notices/{notice}", language)
    public = get(at.stranger, f"{at.base}/matters/1", language)
    assert "我家没有人签过字" not in public
    assert "测试" not in get(at.stranger, f"{at.base}/rounds/{at.at.round.id}/sheet/2", language).replace(
        "测试主持", ""
    ).replace("测试监票", "").replace("测试议题", "")


def test_who_may_not(hall: Callable[..., Hall]) -> None:
    at = hall(10, 8)
    for client in (at.other_moderator, at.scrutineer, at.canvasser, at.resident):
        refused(client, f"{at.round}/close", 403)
    refused(at.stranger, f"{at.round}/close", 401)
    post(at.moderator, f"{at.round}/close")
    sheet = f"{at.base}/scrutiny/sheets/{at.at.round.id}/1/sign"
    for client in (at.moderator, at.other_moderator, at.canvasser, at.resident):
        refused(client, sheet, 403, sha256="0" * 64)
    refused(at.scrutineer, sheet, 409, sha256="0" * 64)
    for client in (at.canvasser, at.resident):
        assert client.get(at.desk("/dossier/1")).status_code == 403
        assert client.get(at.desk("/objections")).status_code == 403


def test_the_desk_takes_an_objection_down(hall: Callable[..., Hall]) -> None:
    at = hall(10, 9)
    post(at.moderator, f"{at.round}/close")
    sign(at, 1)
    post(at.moderator, f"{at.round}/show")
    form = f"{at.round}/objection"
    get(at.moderator, form)
    wrong = refused(at.moderator, form, 422, kind="roll", statement="名字写错", home="9-9-999")
    assert "名字写错" in wrong
    post(at.moderator, form, kind="roll", statement="名字写错", home="1-1-102")
    assert at.count(Objection) == 1
    assert "1-1-102" in get(at.moderator, at.desk("/objections"))
    assert "1-1-102" in get(at.scrutineer, f"{at.base}/scrutiny/")
    post(
        at.scrutineer,
        f"{at.base}/scrutiny/objections/1",
        finding="not_upheld",
        method="查户册",
        reply="名册没有误",
        voided="0",
    )
    assert "1-1-102" not in get(at.moderator, at.desk("/objections"))


def test_nothing_of_another_community(
    hall: Callable[..., Hall], database: Database, signed_in: SignIn
) -> None:
    at = hall(10, 9)
    post(at.moderator, f"{at.round}/close")
    with database.transaction() as tx:
        elsewhere = make.community(tx.session, "elsewhere", "别处社区")
        from_there = make.staff(tx.session, elsewhere, *at_all_roles())
    client = signed_in(from_there)
    for path in (
        f"/desk/counting/{at.at.round.id}",
        f"/desk/counting/{at.at.round.id}/sheet/1",
        f"/scrutiny/sheets/{at.at.round.id}",
        "/desk/execution/1",
        "/desk/dossier/1",
        f"/rounds/{at.at.round.id}/sheet/1",
    ):
        assert client.get(f"/c/elsewhere{path}").status_code == 404, path
        assert client.get(f"{at.base}{path}").status_code in (403, 404), path


def at_all_roles() -> list[Any]:
    return [make.Role.MODERATOR, make.Role.SCRUTINEER, make.Role.OBSERVER]
