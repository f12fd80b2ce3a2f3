"""What the council's desk works through, as office tables."""

from collections.abc import Sequence
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from deliberate.domain import serial, words
from deliberate.domain.lifecycle import Stage
from deliberate.domain.proposal import Category
from deliberate.queries import objections, proposals, round_desk
from deliberate.queries.deliveries import Delivery
from deliberate.queries.door_map import MapBuilding
from deliberate.queries.objections import Filed
from deliberate.queries.round_desk import FormEvent, WishLine

from ..store import now, reader
from ..tables import Column, Filter, Table, day, table

MOST_MATTERS = 5_000


def home_words(home: Any) -> str:
    """Where a household lives, in full, as a cell."""
    door = "-".join(part for part in (home.building.name, home.unit, home.room) if part)
    return f"{home.building.estate.name} {door}".strip()


def matter_table() -> Table[proposals.Row]:
    """All matters, drafts apart, with those that wait for screening among them."""
    rows = proposals.in_stages(
        reader(), g.community.id, [one for one in Stage if one is not Stage.DRAFT], most=MOST_MATTERS
    )
    stages = [(one.value, _(words.word(one))) for one in Stage if one is not Stage.DRAFT]
    categories = [(kind.value, _(words.word(kind))) for kind in Category]
    return table(
        "matters",
        _("全部议题"),
        [
            Column("number", _("编号"), lambda row: row.number, "n", width=8),
            Column("title", _("议题"), lambda row: row.title, width=50, url=_matter_url),
            Column("stage", _("进度"), lambda row: _(words.word(row.stage))),
            Column("category", _("类别"), lambda row: _(words.word(row.category))),
            Column("seconds", _("联名户数"), lambda row: row.seconds, "n"),
            Column("comments", _("发言"), lambda row: row.comments, "n"),
            Column("budget", _("预算（元）"), lambda row: row.budget // 100, "n"),
            Column("submitted", _("提交"), lambda row: day(row.submitted_at)),
            Column("changed", _("最近变动"), lambda row: row.changed_at, width=18),
        ],
        rows,
        filters=[
            Filter("stage", _("进度"), stages, lambda row, said: row.stage == said),
            Filter("category", _("类别"), categories, lambda row, said: row.category == said),
            Filter("q", _("标题里的字"), (), lambda row, said: said.casefold() in row.title.casefold()),
        ],
        sort="-number",
    )


def _matter_url(row: proposals.Row) -> str:
    endpoint = "moderator.screen" if row.stage is Stage.SUBMITTED else "public.matter"
    return url_for(endpoint, number=row.number)


def objection_table() -> Table[Filed]:
    """Objections that wait for an answer, the most urgent first."""
    rows = objections.open_in(reader(), g.community.id)
    matters = {str(one.proposal.number): one.proposal.title for one in rows}
    return table(
        "objections",
        _("异议待答复"),
        [
            Column(
                "home",
                _("住户"),
                lambda one: home_words(one.home),
                width=30,
                url=lambda one: url_for("moderator.objection", objection_id=one.objection.id),
            ),
            Column("kind", _("内容"), lambda one: _(words.word(one.objection.kind)), width=24),
            Column("number", _("编号"), lambda one: one.proposal.number, "n", width=8),
            Column("title", _("议题"), lambda one: one.proposal.title, width=40),
            Column("due", _("答复期限"), lambda one: one.objection.due_at, width=18),
            Column("state", _("情况"), _urgency, sorts=False),
        ],
        rows,
        filters=[
            Filter(
                "matter", _("议题"), list(matters.items()), lambda one, said: str(one.proposal.number) == said
            )
        ],
    )


def _urgency(one: Filed) -> str:
    return str(_("已经超期") if one.objection.due_at <= now() else _("等待答复"))


def visit_table(done: Sequence[WishLine]) -> Table[WishLine]:
    """Wishes for a call or a visit that were met, with what became of each."""
    return table(
        "visits",
        _("已办"),
        [
            Column("home", _("住户"), lambda one: home_words(one.home), width=30),
            Column("wish", _("希望"), lambda one: _(words.word(one.request.wish)), width=18),
            Column("asked", _("提出"), lambda one: day(one.request.asked_at)),
            Column("done", _("办完"), lambda one: day(one.request.done_at)),
            Column("by", _("谁办的"), lambda one: one.taken_by, width=24),
            Column("result", _("结果"), lambda one: one.request.result, sorts=False, width=50),
        ],
        done,
    )


def door_table(lines: Sequence[MapBuilding]) -> Table[MapBuilding]:
    """Every building with its doors in three lots."""
    return table(
        "doors",
        _("各楼的门"),
        [
            Column(
                "building",
                _("楼栋"),
                _building_words,
                width=28,
                url=lambda line: url_for("moderator.building_doors", building_id=line.building_id),
            ),
            Column("answered", _("已反馈"), lambda line: line.answered, "n"),
            Column("visited", _("去过，还没有反馈"), lambda line: line.visited, "n"),
            Column("untouched", _("还没有去过"), lambda line: line.untouched, "n"),
        ],
        lines,
    )


def _building_words(line: MapBuilding) -> str:
    name = _("%(name)s号楼", name=line.name) if line.name.isdecimal() else line.name
    return f"{line.estate} {name}".strip()


def late_table(late: Sequence[Delivery]) -> Table[Delivery]:
    """Records of tablets that came too late to count."""
    return table(
        "late",
        _("过了时间的"),
        [
            Column("home", _("住户"), _home_of_case, width=30),
            Column("tablet", _("平板"), lambda case: case.tablet or _("不认识的平板"), width=20),
            Column("person", _("拿平板的人"), lambda case: case.person, width=20),
            Column("crew", _("小组"), lambda case: case.crew),
            Column("received", _("收到"), lambda case: case.record.received_at, width=18),
        ],
        late,
    )


def _home_of_case(case: Delivery) -> str:
    return home_words(case.home) if case.home else _("不知道是哪一户")


def tablet_table(lines: Sequence[Any]) -> Table[Any]:
    """Every tablet on one line, to look over and to take away."""
    return table(
        "tablets",
        _("全部平板"),
        [
            Column("name", _("平板"), lambda line: line.device.name or _("没有名字的平板"), width=20),
            Column("person", _("拿平板的人"), lambda line: line.person, width=20),
            Column("seen", _("最后联系"), lambda line: line.device.last_seen_at, width=18),
            Column("here", _("收到的记录"), lambda line: line.here, "n"),
            Column("made", _("一共做过"), lambda line: line.made, "n"),
            Column("waiting", _("没送出的"), lambda line: line.told.waiting, "n"),
            Column("revoked", _("停用"), lambda line: day(line.device.revoked_at)),
        ],
        lines,
        first=False,
    )


def serial_table(events: Sequence[FormEvent]) -> Table[FormEvent]:
    """Every handing-out and return of numbered forms."""
    return table(
        "serials",
        _("发放和交回的记录"),
        [
            Column("at", _("时间"), lambda event: event.at, width=18),
            Column("crew", _("小组"), lambda event: event.crew, width=18),
            Column("first", _("第一张"), lambda event: _printed(event.first), width=16),
            Column("last", _("最后一张"), lambda event: _printed(event.last), width=16),
            Column("blank", _("空白交回"), lambda event: event.blank or None, "n"),
            Column("spoilt", _("作废"), lambda event: event.spoilt or None, "n"),
            Column("note", _("说明"), lambda event: event.note, sorts=False, width=40),
        ],
        events,
        first=False,
    )


def _printed(number: int | None) -> str | None:
    return None if number is None else serial.printed(number)


def crew_table(round_id: int, scope_words: Any) -> Table[Any]:
    """The crews of a round with their people and what they are in charge of."""
    people = round_desk.duties(reader(), round_id)
    return table(
        "crews",
        _("小组"),
        [
            Column("name", _("小组"), lambda crew: crew.name, width=18),
            Column(
                "people",
                _("人员"),
                lambda crew: _("、").join(
                    [
                        *(one.name for one in people if one.crew_id == crew.id),
                        *([crew.volunteer] if crew.volunteer else []),
                    ]
                ),
                sorts=False,
                width=40,
            ),
            Column("scope", _("负责"), lambda crew: _scope(crew, scope_words), sorts=False, width=40),
        ],
        round_desk.crews(reader(), round_id),
    )


def _scope(crew: Any, scope_words: Any) -> str:
    return str(scope_words(crew.scope)) if crew.scope.get("ids") else _("全部住户")
