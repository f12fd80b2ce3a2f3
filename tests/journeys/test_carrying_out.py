"""From adoption to the archive, and never below the threshold."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from sqlalchemy import func, select

from deliberate.domain.lifecycle import Stage
from deliberate.models import (
    Completion,
    Evaluation,
    Execution,
    InboxMessage,
    Notice,
    Task,
    TaskReport,
)
from tests.journeys.counting_hall import LANGUAGES, Hall, get, post, recheck_everything, refused, sign


@pytest.mark.parametrize("language", LANGUAGES)
def test_adopted_carried_out_rated_archived(hall: Callable[..., Hall], language: str) -> None:
    at = hall(10, 8, 1)
    post(at.moderator, f"{at.round}/close", language)
    sign(at, 1, language)
    post(at.moderator, f"{at.round}/show", language)
    refused(at.moderator, f"{at.round}/execute", 409, language)
    recheck_everything(at, language)
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
    assert "900.00" in refused(at.moderator, f"{page}/tasks", 422, language, **(new | {"budget": "80"}))
    post(at.moderator, f"{page}/tasks", language, **(new | {"title": "修围墙", "budget": "50"}))
    dropped = at.desk("/tasks/2/cancel")
    get(at.moderator, dropped, language)
    refused(at.moderator, dropped, 422, language, reason="")
    for _click in range(2):
        assert "户外施工停了" in post(at.moderator, dropped, language, reason="户外施工停了")
    assert "换一个原因" in refused(at.moderator, dropped, 409, language, reason="换一个原因")
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
            seen="0",
        )
    assert at.count(TaskReport) == 1
    stale = refused(
        at.moderator, task, 409, language, progress="70", spent="5", note="另一笔，不能丢", seen="0"
    )
    assert "另一笔，不能丢" in stale
    assert 'name="seen" type="hidden" value="1"' in stale
    for seen in ("1", "2"):
        post(at.moderator, task, language, progress="60", spent="-0.25", note="更正多报的零头", seen=seen)
    assert at.count(TaskReport) == 3
    for _click in range(2):
        post(at.moderator, f"{page}/progress", language)
    post(at.moderator, task, language, progress="100", spent="380", note="装好了")
    for _click in range(2):
        post(at.moderator, f"{page}/complete", language, statement="12盏路灯装好，已验收。")
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
    assert "12盏路灯装好，已验收。" in dossier
    assert "很亮" in dossier
    with at.database.reading() as session:
        notices = list(session.execute(select(Notice.id, Notice.kind).order_by(Notice.id)))
    kinds = [str(kind) for _id, kind in notices]
    assert kinds[-4:] == ["final", "progress", "completion", "evaluation"]
    for number, _kind in notices:
        get(at.stranger, f"{at.base}/notices/{number}", language)
    public = get(at.stranger, f"{at.base}/matters/1", language)
    assert 'id="execution"' in public
    assert "户外施工停了" in public
    assert "户外施工停了" in dossier
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
    recheck_everything(at, language)
    at.clock.forward(days=8)
    post(at.moderator, f"{at.round}/conclude", language)
    page = refused(at.moderator, f"{at.round}/execute", 409, language)
    assert "8" in page
    assert "7" in page
    assert (at.count(Execution), at.stage) == (0, Stage.REJECTED)
    assert at.moderator.get(at.desk("/execution/1")).status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_done_is_ended_with_its_reason_and_accounts(
    hall: Callable[..., Hall], language: str
) -> None:
    at = hall(10, 8, 1)
    adopted(at, language)
    post(at.moderator, f"{at.round}/execute", language)
    page = at.desk("/execution/1")
    task = {"title": "修路灯", "responsible": "测试物业公司", "due_on": "2026-06-01", "budget": "900"}
    post(at.moderator, f"{page}/tasks", language, **task)
    post(at.moderator, at.desk("/tasks/1/report"), language, progress="10", spent="55.50", note="订了灯杆")
    assert f"{page}/terminate" in get(at.moderator, page, language)
    end = f"{page}/terminate"
    assert "55.50" in get(at.moderator, end, language)
    refused(at.moderator, end, 422, language, reason=" ")
    assert at.scrutineer.post(end, data={"reason": "施工单位倒闭"}).status_code == 403
    for _click in range(2):
        post(at.moderator, end, language, reason="施工单位倒闭")
    assert at.stage is Stage.TERMINATED
    refused(at.moderator, end, 409, language, reason="换一个原因")
    refused(at.moderator, f"{page}/tasks", 409, language, **(task | {"title": "修围墙"}))
    refused(at.moderator, f"{page}/complete", 409, language, statement="做好了")
    post(at.moderator, f"{at.round}/execute", language)
    assert at.stage is Stage.TERMINATED
    with at.database.reading() as session:
        kinds = [str(kind) for kind in session.scalars(select(Notice.kind).order_by(Notice.id))]
        told = session.scalars(
            select(InboxMessage.data).where(InboxMessage.kind == "matter_terminated")
        ).all()
        last = session.scalar(select(func.max(Notice.id)))
    assert (kinds[-1], kinds.count("termination")) == ("termination", 1)
    assert told
    for seen in (f"{at.base}/notices/{last}", f"{at.base}/matters/1"):
        shown = get(at.stranger, seen, language)
        assert "施工单位倒闭" in shown
        assert "55.50" in shown
    get(at.moderator, page, language)
    assert "施工单位倒闭" in get(at.moderator, at.desk("/dossier/1"), language)


def test_what_was_adopted_may_be_ended_before_it_begins(hall: Callable[..., Hall]) -> None:
    at = hall(10, 8, 1)
    adopted(at, "zh-CN")
    end = at.desk("/execution/1/terminate")
    assert end in get(at.moderator, at.round, "zh-CN")
    get(at.moderator, end, "zh-CN")
    post(at.moderator, end, "zh-CN", reason="资金没有批下来")
    assert (at.count(Execution), at.stage) == (0, Stage.TERMINATED)
    refused(at.moderator, f"{at.round}/execute", 409, "zh-CN")
    assert "资金没有批下来" in get(at.stranger, f"{at.base}/matters/1", "zh-CN")
    get(at.moderator, at.round, "zh-CN")


def adopted(at: Hall, language: str) -> None:
    """Closed, signed, shown, checked, and decided."""
    post(at.moderator, f"{at.round}/close", language)
    sign(at, 1, language)
    post(at.moderator, f"{at.round}/show", language)
    recheck_everything(at, language)
    at.clock.forward(days=8)
    post(at.moderator, f"{at.round}/conclude", language)
