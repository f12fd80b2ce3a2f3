"""From the end of answering to the archive, through the real application, in two languages."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from deliberate.db import Database
from deliberate.domain.lifecycle import Stage
from deliberate.models import (
    Completion,
    CountSheet,
    Evaluation,
    Execution,
    Notice,
    Objection,
    OutcomeRecord,
    Proposal,
    Task,
    TaskReport,
)
from tests import make, make_count
from tests.app import SignIn
from tests.make import Clock
from tests.make_round import OpenRound

LANGUAGES = ["zh-CN", "en"]


class Hall:
    """A round of so many households and the clients of its people."""

    def __init__(
        self, database: Database, sign_in: SignIn, clock: Clock, build: Callable[..., OpenRound]
    ) -> None:
        self.database, self.clock = database, clock
        with database.transaction() as tx:
            self.at = build(tx)
            neighbour = make.resident(tx.session, self.at.homes[0], name="测试住户甲")
            self.base = f"/c/{self.at.community.slug}"
        staff = self.at.staff
        self.moderator, self.scrutineer = sign_in(staff.moderator), sign_in(staff.scrutineer)
        self.other_moderator, self.canvasser = sign_in(staff.other_moderator), sign_in(staff.canvasser)
        self.resident, self.stranger = sign_in(neighbour), sign_in(None)

    def count(self, kind: type[Any]) -> int:
        with self.database.reading() as session:
            return session.scalars(select(func.count()).select_from(kind)).one()

    @property
    def stage(self) -> Stage:
        with self.database.reading() as session:
            return session.get_one(Proposal, self.at.proposal.id).stage

    def desk(self, path: str) -> str:
        return f"{self.base}/desk{path}"

    @property
    def round(self) -> str:
        return self.desk(f"/counting/{self.at.round.id}")


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


def get(client: FlaskClient, path: str, language: str = "zh-CN") -> str:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


def post(client: FlaskClient, path: str, language: str = "zh-CN", **data: Any) -> str:
    answer = client.post(path, data=data, headers={"Accept-Language": language}, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def refused(client: FlaskClient, path: str, status: int, language: str = "zh-CN", **data: Any) -> str:
    answer = client.post(path, data=data, headers={"Accept-Language": language}, follow_redirects=True)
    assert answer.status_code == status, answer.text
    return answer.text


def sign(hall: Hall, n: int, language: str = "zh-CN") -> None:
    with hall.database.reading() as session:
        sha256 = session.scalars(select(CountSheet.sha256).where(CountSheet.n == n)).one()
    page = get(hall.scrutineer, f"{hall.base}/scrutiny/", language)
    assert f"/scrutiny/sheets/{hall.at.round.id}" in page
    assert sha256 in get(hall.scrutineer, f"{hall.base}/scrutiny/sheets/{hall.at.round.id}", language)
    path = f"{hall.base}/scrutiny/sheets/{hall.at.round.id}/{n}/sign"
    post(hall.scrutineer, path, language, sha256=sha256)


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
    for _click in range(2):
        post(at.moderator, f"{at.round}/conclude", language)
    assert (at.count(OutcomeRecord), at.stage) == (1, Stage.ADOPTED)
    with at.database.reading() as session:
        kinds = list(session.scalars(select(Notice.kind).order_by(Notice.id)))
        numbers = list(session.scalars(select(Notice.id).order_by(Notice.id)))
    assert [str(kind) for kind in kinds[-3:]] == ["preliminary", "amendment", "final"]
    for notice in numbers[-3:]:
        get(at.stranger, f"{at.base}/notices/{notice}", language)
    public = get(at.stranger, f"{at.base}/matters/1", language)
    assert "我家没有人签过字" not in public
    assert "测试" not in get(at.stranger, f"{at.base}/rounds/{at.at.round.id}/sheet/2", language).replace(
        "测试主持", ""
    ).replace("测试监票", "").replace("测试议题", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_adopted_carried_out_rated_archived(hall: Callable[..., Hall], language: str) -> None:
    at = hall(10, 8, 1)
    post(at.moderator, f"{at.round}/close", language)
    sign(at, 1, language)
    post(at.moderator, f"{at.round}/show", language)
    at.clock.forward(days=8)
    post(at.moderator, f"{at.round}/conclude", language)
    for _click in range(2):
        post(at.moderator, f"{at.round}/execute", language)
    assert (at.count(Execution), at.stage) == (1, Stage.EXECUTING)

    page = at.desk("/execution/1")
    new = {"title": "修路灯", "responsible": "测试物业公司", "due_on": "2026-06-01", "budget": "900"}
    refused(at.moderator, f"{page}/tasks", 422, language, **(new | {"title": ""}))
    assert "修路灯" in refused(at.moderator, f"{page}/tasks", 422, language, **(new | {"budget": "1001"}))
    for _click in range(2):
        post(at.moderator, f"{page}/tasks", language, **new)
    assert at.count(Task) == 1
    refused(at.moderator, f"{page}/complete", 409, language, statement="还没做完")

    task = at.desk("/tasks/1/report")
    get(at.moderator, task, language)
    refused(at.moderator, task, 422, language, progress="101", spent="0", note="x")
    refused(at.moderator, task, 422, language, progress="50", spent="-1", note="多退")
    refused(
        at.moderator,
        task,
        422,
        language,
        progress="50",
        spent="1",
        note="x",
        picture=(io.BytesIO(b"x"), "a.jpg"),
    )
    for _click in range(2):
        post(
            at.moderator,
            task,
            language,
            progress="60",
            spent="500.50",
            note="装了8盏",
            picture=(picture(), "a.jpg"),
        )
    assert at.count(TaskReport) == 1
    post(at.moderator, task, language, progress="60", spent="-0.50", note="更正多报的零头")
    for _click in range(2):
        post(at.moderator, f"{page}/progress", language)
    post(at.moderator, task, language, progress="100", spent="380", note="装好了")
    for _click in range(2):
        post(at.moderator, f"{page}/complete", language, statement="12盏路灯装好,已验收。")
    assert (at.count(Completion), at.stage) == (1, Stage.COMPLETED)

    mine = f"{at.base}/home/evaluations/1"
    get(at.resident, mine, language)
    refused(at.resident, mine, 422, language, remark="没选")
    post(at.resident, mine, language, rating="fair", remark="还行")
    post(at.resident, mine, language, rating="satisfied", remark="很亮")
    assert at.count(Evaluation) == 1
    refused(at.moderator, f"{page}/evaluated", 409, language)
    at.clock.forward(days=8)
    refused(at.resident, mine, 409, language, rating="unsatisfied", remark="晚了")
    for _click in range(2):
        post(at.moderator, f"{page}/evaluated", language)
    for _click in range(2):
        dossier = post(at.moderator, f"{page}/archive", language)
    assert at.stage is Stage.ARCHIVED
    assert "12盏路灯装好,已验收。" in dossier
    assert "很亮" in dossier
    with at.database.reading() as session:
        notices = list(session.execute(select(Notice.id, Notice.kind).order_by(Notice.id)))
    kinds = [str(kind) for _id, kind in notices]
    assert kinds[-4:] == ["final", "progress", "completion", "evaluation"]
    for number, _kind in notices:
        get(at.stranger, f"{at.base}/notices/{number}", language)
    public = get(at.stranger, f"{at.base}/matters/1", language)
    assert 'id="execution"' in public
    assert "很亮" not in public


def picture() -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", (300, 200), "green").save(made, "JPEG")
    made.seek(0)
    return made


@pytest.mark.parametrize("language", LANGUAGES)
def test_seven_of_ten_cannot_be_carried_out_by_form(hall: Callable[..., Hall], language: str) -> None:
    at = hall(10, 7)
    refused(at.moderator, f"{at.round}/execute", 409, language)
    post(at.moderator, f"{at.round}/close", language)
    refused(at.moderator, f"{at.round}/execute", 409, language)
    sign(at, 1, language)
    post(at.moderator, f"{at.round}/show", language)
    refused(at.moderator, f"{at.round}/execute", 409, language)
    at.clock.forward(days=8)
    post(at.moderator, f"{at.round}/conclude", language)
    page = refused(at.moderator, f"{at.round}/execute", 409, language)
    assert "8" in page
    assert "7" in page
    assert (at.count(Execution), at.stage) == (0, Stage.REJECTED)
    assert at.moderator.get(at.desk("/execution/1")).status_code == 404


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
