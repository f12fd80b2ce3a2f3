"""What people read for each word of the rules: plain, never bureaucratic. Translated where they are shown."""

from collections.abc import Mapping
from enum import StrEnum

from . import sync
from .consent import Answer, Channel, Deed, Standing
from .contact import ContactWay, OutgoingKind
from .discussion import MeetingKind, Stance, Verdict
from .errors import N_
from .execution import Rating
from .ledger.head import AnchorWay, HeadReason
from .lifecycle import Stage, Step
from .news import Pace
from .notice import NoticeKind
from .objection import Finding, ObjectionKind
from .path import Group
from .permissions import Role
from .proposal import Category
from .roll_cells import Occupancy
from .round import (
    DutyKind,
    EvidenceRole,
    Relation,
    RoundStatus,
    SheetRole,
    TallyVisibility,
    VisitOutcome,
    VisitWish,
)
from .rules import Electorate, Measure, Outcome, TestKind, WeightBy
from .scope import ScopeKind
from .spot_check import CheckKind, CheckResult, FormShows, Said, Way

WORDS: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    ContactWay: {ContactWay.EMAIL: N_("邮箱"), ContactWay.SMS: N_("手机短信")},
    OutgoingKind: {
        OutgoingKind.CONSENT: N_("登记了一份意见"),
        OutgoingKind.CONTACT_ADDED: N_("多了一个联系方式"),
        OutgoingKind.CONTACT_ENDED: N_("取消了一个联系方式"),
        OutgoingKind.MEMBER_JOINED: N_("有账号加入了这一户"),
    },
    Pace: {
        Pace.AT_ONCE: N_("马上发邮件"),
        Pace.DAILY: N_("每天合成一封"),
        Pace.IN_APP: N_("只在网页上看"),
    },
    Stage: {
        Stage.DRAFT: N_("草稿"),
        Stage.SUBMITTED: N_("审核"),
        Stage.RETURNED: N_("退回修改"),
        Stage.DECLINED: N_("不予受理"),
        Stage.MERGED: N_("已并入其他议题"),
        Stage.WITHDRAWN: N_("已撤回"),
        Stage.ACCEPTED: N_("已受理，待议事"),
        Stage.DISCUSSING: N_("议事"),
        Stage.PLAN_FIXED: N_("方案公示"),
        Stage.CONSENT_OPEN: N_("征求意见"),
        Stage.COUNTING: N_("统计"),
        Stage.OBJECTION: N_("结果公示"),
        Stage.ADOPTED: N_("通过"),
        Stage.REJECTED: N_("未通过"),
        Stage.NO_VALID_DECISION: N_("未形成有效决定"),
        Stage.EXECUTING: N_("实施"),
        Stage.COMPLETED: N_("完工，待评议"),
        Stage.EVALUATED: N_("已评议"),
        Stage.ARCHIVED: N_("已归档"),
        Stage.TERMINATED: N_("已终止"),
    },
    Step: {
        Step.SUBMIT: N_("提交"),
        Step.ACCEPT: N_("予以受理"),
        Step.RETURN: N_("退回修改"),
        Step.DECLINE: N_("不予受理"),
        Step.MERGE: N_("并入其他议题"),
        Step.WITHDRAW: N_("撤回"),
        Step.OPEN_DISCUSSION: N_("开始议事"),
        Step.NEXT_ROUND: N_("再议一轮"),
        Step.FIX_PLAN: N_("定方案"),
        Step.REVISE_PLAN: N_("方案退回再议"),
        Step.OPEN_CONSENT: N_("开始征求意见"),
        Step.START_COUNTING: N_("截止，开始统计"),
        Step.SHOW_RESULT: N_("公示结果"),
        Step.ADOPT: N_("通过"),
        Step.REJECT: N_("未通过"),
        Step.LEAVE_UNDECIDED: N_("未形成有效决定"),
        Step.START_EXECUTION: N_("开始实施"),
        Step.COMPLETE: N_("完工"),
        Step.EVALUATE: N_("评议结束"),
        Step.ARCHIVE: N_("归档"),
        Step.TERMINATE: N_("终止"),
    },
    Category: {
        Category.FUNDS: N_("惠民资金"),
        Category.FACILITIES: N_("公共设施"),
        Category.PARKING: N_("停车"),
        Category.FEES: N_("收费"),
        Category.ENVIRONMENT: N_("环境"),
        Category.OTHER: N_("其他"),
    },
    ScopeKind: {
        ScopeKind.COMMUNITY: N_("全社区"),
        ScopeKind.GRIDS: N_("部分网格"),
        ScopeKind.ESTATES: N_("部分小区或院落"),
        ScopeKind.BUILDINGS: N_("部分楼栋"),
    },
    Group: {
        Group.SCREENING: N_("审核"),
        Group.DISCUSSING: N_("议事"),
        Group.PLAN: N_("方案公示"),
        Group.CONSENT: N_("征求意见"),
        Group.RESULT: N_("结果公示"),
        Group.EXECUTING: N_("实施"),
        Group.ENDED: N_("已结束"),
    },
    Stance: {
        Stance.FOR: N_("支持"),
        Stance.AGAINST: N_("反对"),
        Stance.QUESTION: N_("疑问"),
        Stance.SUGGESTION: N_("建议"),
    },
    Verdict: {
        Verdict.TAKEN: N_("已采纳"),
        Verdict.NOT_TAKEN: N_("未采纳"),
    },
    MeetingKind: {
        MeetingKind.HALL: N_("会议室议事"),
        MeetingKind.MOBILE: N_("移动议事会"),
        MeetingKind.HEARING: N_("听证会"),
        MeetingKind.MEDIATION: N_("协调会"),
        MeetingKind.REVIEW: N_("评议会"),
        MeetingKind.EVENING: N_("民情夜访"),
    },
    Answer: {
        Answer.AGREE: N_("同意"),
        Answer.DISAGREE: N_("不同意"),
        Answer.ABSTAIN: N_("弃权"),
    },
    Channel: {
        Channel.ONLINE: N_("线上"),
        Channel.PAPER: N_("纸质"),
    },
    Deed: {
        Deed.ANSWER: N_("提交意见"),
        Deed.CHANGE: N_("修改"),
        Deed.WITHDRAWAL: N_("撤回"),
        Deed.CORRECTION: N_("更正"),
        Deed.VOIDING: N_("作废"),
        Deed.SETTLEMENT: N_("核实"),
    },
    Standing: {
        Standing.AGREE: N_("同意"),
        Standing.DISAGREE: N_("不同意"),
        Standing.ABSTAIN: N_("弃权"),
        Standing.CONTRADICTION: N_("意见不一致，待核实"),
        Standing.WITHDRAWN: N_("已撤回"),
        Standing.INVALID: N_("已作废"),
        Standing.LATE: N_("超过时间，不计入"),
        Standing.SILENT: N_("尚未反馈"),
    },
    Role: {
        Role.RESIDENT: N_("居民"),
        Role.MODERATOR: N_("议事会主持"),
        Role.CANVASSER: N_("入户人员"),
        Role.SCRUTINEER: N_("监票人"),
        Role.REGISTRAR: N_("户册管理员"),
        Role.OBSERVER: N_("观察员"),
    },
    RoundStatus: {
        RoundStatus.PREPARED: N_("准备中"),
        RoundStatus.OPEN: N_("正在征求意见"),
        RoundStatus.COUNTING: N_("已截止，统计中"),
        RoundStatus.CLOSED: N_("已结束"),
        RoundStatus.DROPPED: N_("已取消准备"),
    },
    TallyVisibility: {
        TallyVisibility.DAILY: N_("每天公布一次同意户数"),
        TallyVisibility.SEALED: N_("截止前不公布同意户数"),
    },
    DutyKind: {
        DutyKind.MODERATOR: N_("主持人"),
        DutyKind.CANVASSER: N_("入户人员"),
        DutyKind.SCRUTINEER: N_("监票人"),
    },
    SheetRole: {
        SheetRole.MODERATOR: N_("主持人"),
        SheetRole.SCRUTINEER: N_("监票人"),
    },
    Relation: {
        Relation.HEAD: N_("户主本人"),
        Relation.SPOUSE: N_("配偶"),
        Relation.ADULT_MEMBER: N_("家中成年人"),
        Relation.TENANT: N_("租户"),
        Relation.OWNER: N_("业主"),
        Relation.PROXY: N_("受书面委托的人"),
    },
    EvidenceRole: {
        EvidenceRole.PHOTO: N_("意见表照片"),
        EvidenceRole.SIGNATURE: N_("屏幕签名"),
        EvidenceRole.AUTHORITY: N_("委托书照片"),
        EvidenceRole.STROKES: N_("屏幕签名的笔画"),
    },
    VisitOutcome: {
        VisitOutcome.ANSWERED: N_("当场填写"),
        VisitOutcome.PAPERS_LEFT: N_("材料留下"),
        VisitOutcome.NOT_HOME: N_("无人"),
        VisitOutcome.REFUSED: N_("暂不方便"),
        VisitOutcome.MOVED: N_("已搬走"),
        VisitOutcome.VACANT: N_("空置"),
        VisitOutcome.COME_BACK: N_("约时间再来"),
        VisitOutcome.INACCESSIBLE: N_("进不了门"),
        VisitOutcome.LANGUAGE: N_("需要翻译"),
        VisitOutcome.DO_NOT_VISIT: N_("请勿再访"),
    },
    VisitWish: {
        VisitWish.CALL: N_("打电话"),
        VisitWish.VISIT: N_("上门"),
    },
    Electorate: {
        Electorate.HOUSEHOLD: N_("住户"),
        Electorate.OWNER: N_("业主"),
    },
    TestKind: {
        TestKind.GATE: N_("参与"),
        TestKind.APPROVAL: N_("同意"),
    },
    Measure: {
        Measure.AGREE: N_("同意"),
        Measure.PARTICIPATE: N_("参与"),
    },
    WeightBy: {
        WeightBy.ONE: N_("户数或人数"),
        WeightBy.AREA: N_("面积"),
    },
    Outcome: {
        Outcome.ADOPTED: N_("通过"),
        Outcome.REJECTED: N_("未通过"),
        Outcome.NO_VALID_DECISION: N_("未形成有效决定"),
    },
    ObjectionKind: {
        ObjectionKind.NOT_US: N_("不是我们填的"),
        ObjectionKind.WRONG_ANSWER: N_("意见记错了"),
        ObjectionKind.DUPLICATE: N_("重复登记"),
        ObjectionKind.ROLL: N_("名册有误"),
        ObjectionKind.PROCEDURE: N_("程序有问题"),
    },
    Finding: {
        Finding.UPHELD: N_("异议成立"),
        Finding.NOT_UPHELD: N_("异议不成立"),
    },
    CheckKind: {
        CheckKind.CONSENTS: N_("抽查同意的住户"),
        CheckKind.NON_CONSENTS: N_("抽查没有同意的住户"),
        CheckKind.FULL: N_("全面复核"),
    },
    Way: {
        Way.VISIT: N_("上门"),
        Way.CALL: N_("打电话"),
        Way.OWN_CHECK: N_("住户自己核对"),
    },
    Said: {
        Said.AGREE: N_("说当时填的是同意"),
        Said.DISAGREE: N_("说当时填的是不同意"),
        Said.ABSTAIN: N_("说当时填的是弃权"),
        Said.NOTHING: N_("说没有提交过意见"),
        Said.UNSAID: N_("不愿意说"),
        Said.AS_RECORDED: N_("核对后说记录无误"),
        Said.NOT_AS_RECORDED: N_("核对后说记录有误"),
    },
    CheckResult: {
        CheckResult.CONFIRMED: N_("抽查通过"),
        CheckResult.RECHECK_NEEDED: N_("抽查没有通过，要全面复核"),
        CheckResult.RECHECKED: N_("已经全面复核"),
    },
    FormShows: {
        FormShows.AGREE: N_("表上是同意"),
        FormShows.DISAGREE: N_("表上是不同意"),
        FormShows.ABSTAIN: N_("表上是弃权"),
        FormShows.MISSING: N_("没有表或看不出意见"),
    },
    HeadReason: {
        HeadReason.BATCH: N_("新的一批记录"),
        HeadReason.DAILY: N_("每日存证"),
        HeadReason.OPENING: N_("征求意见开始"),
        HeadReason.CLOSING: N_("征求意见结束"),
        HeadReason.FINAL: N_("结果确定"),
    },
    AnchorWay: {
        AnchorWay.NOTICE: N_("张贴公示"),
        AnchorWay.MAIL: N_("发给观察员"),
        AnchorWay.FEED: N_("公开下载"),
        AnchorWay.PRINTED: N_("印在回执上"),
        AnchorWay.OBSERVER: N_("观察员联署"),
    },
    Rating: {
        Rating.SATISFIED: N_("满意"),
        Rating.FAIR: N_("一般"),
        Rating.UNSATISFIED: N_("不满意"),
    },
    Occupancy: {
        Occupancy.SELF_OCCUPIED: N_("自住"),
        Occupancy.RENTED: N_("出租"),
        Occupancy.VACANT: N_("空置"),
        Occupancy.UNKNOWN: N_("不详"),
    },
    NoticeKind: {
        NoticeKind.MEETING: N_("会议通知"),
        NoticeKind.PLAN: N_("方案公示"),
        NoticeKind.LEFT_OUT: N_("空置户公示"),
        NoticeKind.INVITATION: N_("征求意见公告"),
        NoticeKind.EXTENSION: N_("延期公示"),
        NoticeKind.PRELIMINARY: N_("初步结果公示"),
        NoticeKind.RECHECK: N_("全面复核公示"),
        NoticeKind.AMENDMENT: N_("复核更正公示"),
        NoticeKind.FINAL: N_("结果公告"),
        NoticeKind.PROGRESS: N_("实施进度公示"),
        NoticeKind.COMPLETION: N_("完工公示"),
        NoticeKind.EVALUATION: N_("评议结果公示"),
        NoticeKind.TERMINATION: N_("终止公示"),
    },
    sync.Kind: {
        sync.Kind.DOOR: N_("一户的登记"),
        sync.Kind.SUPPLEMENT: N_("补送的照片"),
        sync.Kind.CORRECTION: N_("更正"),
        sync.Kind.VOID: N_("要求作废"),
    },
    sync.Verdict: {
        sync.Verdict.ACCEPTED: N_("已经生效"),
        sync.Verdict.LATE: N_("过了时间，不计入"),
        sync.Verdict.QUARANTINED: N_("没有生效，等人决定"),
        sync.Verdict.PENDING_EVIDENCE: N_("等照片或签名送到"),
        sync.Verdict.MISMATCH: N_("同一编号，内容不同"),
        sync.Verdict.DUPLICATE: N_("以前已经收到"),
        sync.Verdict.RETRY: N_("没有收下，要重送"),
    },
    sync.Reason: {
        sync.Reason.UNKNOWN_HOUSEHOLD: N_("名册上没有这一户"),
        sync.Reason.UNKNOWN_MATTER: N_("议题不属于这一户"),
        sync.Reason.REVOKED_DEVICE: N_("平板已经停用"),
        sync.Reason.UNKNOWN_DEVICE: N_("不认识的平板"),
        sync.Reason.WRONG_DEVICE: N_("是另一台平板的记录"),
        sync.Reason.SERIAL_USED: N_("表号已经用过"),
        sync.Reason.SERIAL_NOT_ISSUED: N_("表号没有发给这个小组"),
        sync.Reason.OWN_HOUSEHOLD: N_("入户人员登记了自己家"),
        sync.Reason.WRONG_CREW: N_("不是这个小组的住户"),
        sync.Reason.NOT_ON_DUTY: N_("这个人没有安排入户"),
        sync.Reason.PLAN_CHANGED: N_("念给住户的方案和现在的不一样"),
        sync.Reason.CREW_SUSPENDED: N_("小组已经暂停"),
        sync.Reason.BAD_FORM: N_("填写不完整或者不合规则"),
        sync.Reason.BAD_EVIDENCE: N_("照片或签名打不开"),
        sync.Reason.BAD_HASH: N_("内容在路上损坏了"),
        sync.Reason.NEWER_PROTOCOL: N_("平板的程序比系统新"),
        sync.Reason.BY_HAND: N_("要由人办理"),
        sync.Reason.SIGNED_WHEN: N_("不能确定是不是截止以前签的"),
        sync.Reason.POISON: N_("系统没能处理"),
    },
}


def word(member: StrEnum) -> str:
    """The message id of a word. Kinds are told apart: members of two enums may be equal as strings."""
    return WORDS[type(member)][member]
