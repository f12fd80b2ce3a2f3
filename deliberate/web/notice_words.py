"""A public notice in words: the same lines for the poster on the board and for the residents' chat group.

The order is the one that communities publish: what and where, when, the figures, the threshold, the conclusion,
how to object, whom to call. Shares are of all households and rounded down.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import format_decimal, gettext

from deliberate.domain import rules as decision
from deliberate.domain.errors import N_
from deliberate.domain.execution import Rating
from deliberate.domain.notice import NoticeKind
from deliberate.domain.rules import Outcome
from deliberate.domain.tally import need, percent_down
from deliberate.domain.words import word
from deliberate.queries.places import Places

from . import owner_words, roll_words
from .filters import tr
from .languages import moment
from .place_words import scope_words
from .roll_words import households
from .rule_words import rule_sentences


def _(message: str, **told: object) -> str:
    return str(gettext(message, **told))


Data = Mapping[str, Any]
Lines = Iterator[tuple[str, str]]

TITLES: Mapping[NoticeKind, str] = {
    NoticeKind.MEETING: N_("议事会会议通知"),
    NoticeKind.PLAN: N_("方案公示"),
    NoticeKind.LEFT_OUT: N_("空置户名单公示"),
    NoticeKind.INVITATION: N_("征求意见公告"),
    NoticeKind.EXTENSION: N_("征求意见延期公示"),
    NoticeKind.PRELIMINARY: N_("初步结果公示"),
    NoticeKind.RECHECK: N_("全面复核公告"),
    NoticeKind.AMENDMENT: N_("更正后的结果公示"),
    NoticeKind.FINAL: N_("最终结果公告"),
    NoticeKind.PROGRESS: N_("实施进度公示"),
    NoticeKind.COMPLETION: N_("完工公示"),
    NoticeKind.EVALUATION: N_("住户评议结果公示"),
    NoticeKind.TERMINATION: N_("终止公示"),
}

OPENINGS: Mapping[NoticeKind, str] = {
    NoticeKind.INVITATION: N_("本社区就下面这件事征求每一户的意见。每户一份意见，请您家在截止以前提交。"),
    NoticeKind.EXTENSION: N_(
        "因为下面的原因，征求意见的截止时间推迟。其他内容都不变，已经提交的意见仍然有效。"
    ),
    NoticeKind.PRELIMINARY: N_(
        "征求意见已经结束统计，监票人已在意见统计表上签名。现在公示初步结果，请大家核对。"
    ),
    NoticeKind.AMENDMENT: N_("经复核，意见统计表已经更正，由监票人重新签名。现在公示更正后的结果。"),
    NoticeKind.FINAL: N_("异议期已满，全部异议已经答复。最终结果如下。"),
    NoticeKind.PROGRESS: N_("这件事已经通过，正在实施。现在公示进度和账目。"),
    NoticeKind.COMPLETION: N_("这件事已经完工。现在公示完工情况和账目，请住户评议。"),
    NoticeKind.TERMINATION: N_("这件事通过以后不再实施。现在公示原因和账目。"),
}


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A notice ready to be printed or sent."""

    title: str
    opening: str
    lines: tuple[tuple[str, str], ...]
    closing: str

    @property
    def chat(self) -> str:
        """As one message: short lines, no formatting."""
        parts = [
            f"【{self.title}】",
            self.opening,
            *(_("%(name)s：%(value)s", name=name, value=value) for name, value in self.lines),
        ]
        return "\n".join(part for part in [*parts, self.closing] if part)


def text_of(
    kind: NoticeKind, data: Data, until: datetime | None, places: Places, telephone: str
) -> NoticeText:
    """The words of a notice in the reader's language; `telephone` is the community's, for older notices."""
    tell = _TELLING.get(kind, _plain)
    lines = [(name, value) for name, value in tell(data, until, places) if value]
    if number := data.get("telephone") or telephone:
        lines.append((_("电话"), str(number)))
    opening = OPENINGS.get(kind)
    return NoticeText(_(TITLES[kind]), _(opening) if opening else "", tuple(lines), _closing(kind, data))


def _closing(kind: NoticeKind, data: Data) -> str:
    if kind is NoticeKind.INVITATION:
        return _("没有手机也可以参加：请打社区电话，工作人员会带着意见表上门。")
    if kind in (NoticeKind.PRELIMINARY, NoticeKind.AMENDMENT):
        return _("最终结果以异议期满后的公告为准。")
    return ""


def _matter(data: Data, places: Places) -> Lines:
    yield _("事项"), _("%(number)s号 %(title)s", number=data.get("number", ""), title=data.get("title", ""))
    if data.get("plan"):
        yield _("方案"), _("第%(n)s版", n=data["plan"])
    if data.get("scope"):
        yield _("涉及范围"), scope_words(data["scope"], places)


def _time(iso: object) -> str:
    return moment(datetime.fromisoformat(str(iso))) if iso else ""


def _money(fen: int) -> str:
    return _("%(sum)s 元", sum=format_decimal(fen / 100, format="#,##0.00" if fen % 100 else "#,##0"))


def _rules(data: Data) -> Lines:
    for rule in decision.from_data(data.get("rules", ())):
        yield _("怎样算通过"), _("、").join(rule_sentences(rule))
        yield _("依据"), tr(rule.basis)


def _needed(data: Data) -> str:
    share = decision.threshold(decision.from_data(data.get("rules", ()))) or decision.LOWEST
    return households(need(data["roll"], share.numerator, share.denominator))


def _invitation(data: Data, until: datetime | None, places: Places) -> Lines:
    yield from _matter(data, places)
    if "budget" in data:
        yield _("预算"), _money(data["budget"]) if data["budget"] else _("不花钱")
        yield _("资金来源"), data.get("funding", "")
    yield _("总户数"), households(data["roll"])
    yield from owner_words.asked(data.get("owners"))
    yield from roll_words.left_out(data)
    yield from roll_words.lost(data)
    yield _("开始"), _time(data.get("opened_at"))
    yield _("截止"), _beijing(data.get("answer_until"))
    yield _("已签名的纸质意见最晚登记"), _beijing(data.get("register_until"))
    yield from _rules(data)
    yield _("需要同意"), _needed(data)
    yield _("弃权、没有反馈和联系不上的"), _("都算在总户数里，不算同意")
    yield _("参与方式"), _("扫您家信函上的二维码，或者填纸质意见表；可以请工作人员上门，也可以书面委托家人")
    yield _("发起单位"), data.get("by", "")
    yield _("监票人"), _("、").join(data.get("scrutineers", ()))
    yield _("方案指纹（SHA-256）"), data.get("plan_sha256", "")


def _beijing(iso: object) -> str:
    return _("北京时间 %(time)s", time=_time(iso)) if iso else ""


def _extension(data: Data, until: datetime | None, places: Places) -> Lines:
    yield from _matter(data, places)
    yield _("原因"), data.get("reason", "")
    yield _("原来截止"), _beijing(data.get("old_until"))
    yield _("现在截止"), _beijing(data.get("answer_until"))
    yield _("总户数"), households(data["roll"])
    if "answered" in data:
        yield _("已经反馈"), _part(data["answered"], data["roll"])
    yield _("发起单位"), data.get("by", "")


def _part(part: int, whole: int) -> str:
    return _("%(n)s 户（占 %(share)s）", n=format_decimal(part), share=percent_down(part, whole) + "%")


def _result(data: Data, until: datetime | None, places: Places) -> Lines:
    figures = data["figures"]
    roll, tally = figures["roll"], figures["electorates"]["household"]
    yield from _matter(data, places)
    if data.get("reason"):
        yield _("更正原因"), data["reason"]
    yield (
        _("征求意见的时间"),
        _(
            "%(from)s 到 %(until)s",
            **{"from": _time(data["opened_at"]), "until": _time(data["answer_until"])},
        ),
    )
    yield _("总户数"), households(roll)
    yield _("已征求户数"), _part(figures["asked"], roll)
    for place, name in (
        ("agree", N_("同意")),
        ("disagree", N_("不同意")),
        ("abstain", N_("弃权（不计入同意）")),
        ("no_response", N_("尚未反馈和不计入的")),
    ):
        yield _(name), households(tally[place]["one"])
    yield _("未联系上"), households(max(0, roll - figures["asked"]))
    online, paper = (format_decimal(figures["channels"][way]) for way in ("online", "paper"))
    yield _("提交方式"), _("线上 %(online)s 户，纸质 %(paper)s 户", online=online, paper=paper)
    yield _("同意占全部住户"), percent_down(tally["agree"]["one"], roll) + "%"
    yield from owner_words.counted(figures)
    yield from _tests(figures)
    yield _("结论"), _conclusion(data)
    if data.get("objection_until"):
        yield _("异议期"), _("到北京时间 %(time)s", time=_time(data["objection_until"]))
        yield _("怎样提出异议"), _("登录后在“我家”里、凭您家信函上的代码，或者到社区当面提出")
    yield _("发起单位"), data.get("by", "")
    yield _("统计表指纹（SHA-256）"), data.get("sheet_sha256", "")


def _conclusion(data: Data) -> str:
    said = _(word(Outcome(data["figures"]["outcome"])))
    return _("按现在的统计：%(outcome)s", outcome=said) if data.get("objection_until") else said


def _tests(figures: Data) -> Lines:
    for row in figures["tests"]:
        if row["unit"] == "household" and row["measure"] == "agree":
            yield _("门槛"), _("至少 %(n)s 户同意", n=format_decimal(row["need"]))
            yield _("依据"), tr(row["basis"])
        else:
            rule = decision.from_data(
                [{"id": row["rule"], "unit": row["unit"], "basis": row["basis"], "tests": [row]}]
            )[0]
            yield rule_sentences(rule)[0], _("达到") if row["passed"] else _("没有达到")


def _carried_out(data: Data, until: datetime | None, places: Places) -> Lines:
    yield from _matter(data, places)
    yield _("终止的原因"), data.get("reason", "")
    yield _("总进度"), f"{data['progress']}%"
    yield _("预算"), _money(data["budget"])
    yield _("已经支出"), _money(data["spent"])
    for task in data.get("tasks", ()):
        yield (
            task["title"],
            _(
                "%(unit)s负责，进度 %(progress)s，支出 %(sum)s 元",
                unit=task["responsible"],
                progress=f"{task['progress']}%",
                sum=format_decimal(task["spent"] / 100),
            ),
        )
        if task.get("cancelled"):
            yield task["title"], _("已取消：%(reason)s", reason=task["cancelled"])
    yield _("完工说明"), data.get("statement", "")
    if until is not None:
        yield _("请住户评议"), _("到北京时间 %(time)s", time=moment(until))


def _plan(data: Data, until: datetime | None, places: Places) -> Lines:
    yield from _matter(data, places)
    yield _("预算"), _money(data["budget"]) if data.get("budget") else _("不花钱")
    yield _("资金来源"), data.get("funding", "")
    yield _("时间安排"), data.get("schedule", "")
    yield from _rules(data)
    yield from _shown_until(until)


def _meeting(data: Data, until: datetime | None, places: Places) -> Lines:
    yield _("会议名称"), data.get("title", "")
    yield _("时间"), moment(until) if until else ""
    yield _("地点"), data.get("place", "")
    yield _("议程"), data.get("agenda", "")


def _evaluation(data: Data, until: datetime | None, places: Places) -> Lines:
    yield from _matter(data, places)
    for rating, number in data.get("ratings", {}).items():
        yield _(word(Rating(rating))), households(number)
    yield _("参加过征求意见的名册"), households(data.get("asked", 0))


def _plain(data: Data, until: datetime | None, places: Places) -> Lines:
    yield from _matter(data, places)
    if data.get("look_until"):
        yield _("请在这以前核对"), _time(data["look_until"])
    yield from roll_words.left_out(data)
    yield from _shown_until(until)


def _shown_until(until: datetime | None) -> Lines:
    if until is not None:
        yield _("公示到"), moment(until)


_TELLING: Mapping[NoticeKind, Callable[[Data, datetime | None, Places], Lines]] = {
    NoticeKind.INVITATION: _invitation,
    NoticeKind.EXTENSION: _extension,
    NoticeKind.PRELIMINARY: _result,
    NoticeKind.AMENDMENT: _result,
    NoticeKind.FINAL: _result,
    NoticeKind.PROGRESS: _carried_out,
    NoticeKind.COMPLETION: _carried_out,
    NoticeKind.TERMINATION: _carried_out,
    NoticeKind.PLAN: _plan,
    NoticeKind.MEETING: _meeting,
    NoticeKind.EVALUATION: _evaluation,
}
