"""What an account is told: one sentence for each kind of message.

Parameters: number and title of the matter, and the message's own.
"""

from collections.abc import Mapping

from .errors import N_

MESSAGES: Mapping[str, str] = {
    "proposal_accepted": N_("您提出的%(number)s号议题“%(title)s”已经受理。"),
    "proposal_returned": N_("您提出的%(number)s号议题“%(title)s”退回修改：%(reason)s"),
    "proposal_declined": N_("您提出的%(number)s号议题“%(title)s”没有受理：%(reason)s"),
    "proposal_merged": N_("您提出的%(number)s号议题“%(title)s”并入了%(into)s号议题：%(reason)s"),
    "seconded_accepted": N_("您联名的%(number)s号议题“%(title)s”已经受理。"),
    "seconded_returned": N_("您联名的%(number)s号议题“%(title)s”退回提出人修改：%(reason)s"),
    "seconded_declined": N_("您联名的%(number)s号议题“%(title)s”没有受理：%(reason)s"),
    "seconded_merged": N_("您联名的%(number)s号议题“%(title)s”并入了%(into)s号议题：%(reason)s"),
    "seconded_withdrawn": N_("您联名的%(number)s号议题“%(title)s”由提出人撤回。"),
    "seconded_changed": N_("您联名的%(number)s号议题“%(title)s”修改后重新提交，请看一看。"),
    "discussion_opened": N_("%(number)s号议题“%(title)s”开始第%(round)s次协商，欢迎发言。"),
    "plan_fixed": N_("%(number)s号议题“%(title)s”定了第%(plan)s版方案，正在公示。"),
    "plan_revised": N_("%(number)s号议题“%(title)s”的方案退回再议：%(reason)s"),
    "comment_replied": N_("有人回复了您在%(number)s号议题“%(title)s”里的发言。"),
    "comment_hidden": N_("您在%(number)s号议题“%(title)s”里的一条发言被隐藏：%(reason)s"),
    "suggestion_taken": N_("您在%(number)s号议题“%(title)s”里的建议已采纳：%(reason)s"),
    "suggestion_not_taken": N_("您在%(number)s号议题“%(title)s”里的建议未采纳：%(reason)s"),
    "full_recheck": N_("%(number)s号议题“%(title)s”的登记正在全面复核，请核对您家的记录，不对就提出异议。"),
    "objection_answered": N_("您对%(number)s号议题“%(title)s”结果的异议已经书面答复，请看一看。"),
    "matter_adopted": N_("您提出的%(number)s号议题“%(title)s”通过了。"),
    "matter_rejected": N_("您提出的%(number)s号议题“%(title)s”没有通过。"),
    "matter_no_valid_decision": N_("您提出的%(number)s号议题“%(title)s”没有形成有效决定。"),
    "matter_terminated": N_("%(number)s号议题“%(title)s”通过以后不再实施：%(reason)s"),
    "answer_recorded": N_(
        "您家对%(number)s号议题“%(title)s”的意见有一条新的登记。不是您家的意思，请马上核对或者打社区电话。"
    ),
    "answers_differ": N_(
        "您家对%(number)s号议题“%(title)s”的意见不一致，还没有计入。请家里商量好，在截止前再提交一次。"
    ),
    "answer_replaced": N_(
        "您以前替一户对%(number)s号议题“%(title)s”提交的意见，后来有了新的登记，以新的为准。不是那一户的意思，请打社区电话。"
    ),
    "stub_looked": N_(
        "有人用意见表撕下那一联上的代码，查看了您家对%(number)s号议题“%(title)s”的纸质意见。不是您家里人，请打社区电话。"
    ),
    "correction_refused": N_(
        "有入户人员要更正您家对%(number)s号议题“%(title)s”的一份纸质意见，没有办成，因为那一份已经被替换。您家现在的意见没有变。有疑问请打社区电话。"
    ),
    "duty": N_("您被安排为一次征求意见的工作人员，请到您的工作页面查看。"),
    "letter_frozen": N_("您家的信函已经冻结，它的代码不能再用。不是您家要求的，请打社区电话。"),
    "letter_replaced": N_("您家换发了新的信函，旧代码不能再用。没有收到新信函，请打社区电话。"),
    "member_joined": N_("有一个账号加入了您家，以后可以替您家提交意见。不是您家里人，请马上打社区电话。"),
    "contact_added": N_("有人为您家增加了一个接收通知的联系方式。不是您家里人办的，请马上打社区电话。"),
    "contact_ended": N_("有人取消了您家一个接收通知的联系方式。不是您家里人办的，请马上打社区电话。"),
    "membership_ended": N_("工作人员登记您不再属于原来的一户。有误请打社区电话。"),
    "tablet_code_given": N_(
        "%(by)s 为您生成了一个平板登记码。您没有要登记平板的，请打社区电话，并查看“我的平板”。"
    ),
    "tablet_enrolled": N_(
        "一台平板用 %(by)s 给的登记码登记到了您的名下。不是您的平板，请马上在“我的平板”里停用，再打社区电话。"
    ),
    "password_given": N_("工作人员给了您一个新密码。不是您要求的，请打社区电话。"),
}
"""By the kind of the message; those about a matter carry its number and title."""
NEWS = N_("%(number)s号议题“%(title)s”有新的进展。")
"""For a kind without a sentence of its own."""


def sentence(kind: str) -> str:
    """The message id for a kind."""
    return MESSAGES.get(kind, NEWS)
