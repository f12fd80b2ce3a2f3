"""Words that not everybody knows, each explained in a sentence or two, where they stand and on a page of their own."""

from collections.abc import Mapping
from dataclasses import dataclass

from .errors import N_


@dataclass(frozen=True, slots=True)
class Term:
    """A word and what it means."""

    word: str
    meaning: str


TERMS: Mapping[str, Term] = {
    "council": Term(
        N_("居民议事会"), N_("住户一起商量事情的会。大事小事都先在这里商量，再挨家挨户征求意见。")
    ),
    "second": Term(N_("联名"), N_("别的住户也说“这件事该办”。联名的住户够数了，议事会才受理。")),
    "screening": Term(N_("审核"), N_("主持人看一看：这件事能不能办、归不归社区管、有没有写清楚。")),
    "plan": Term(N_("方案"), N_("商量好以后定下来的办法：办什么、花多少钱、什么时候办。定了就不能改字。")),
    "consent": Term(N_("征求意见"), N_("挨家挨户问：同意这样办吗？每户只算一份意见。")),
    "household_rep": Term(N_("户代表"), N_("替全家提交意见的那个大人。不一定是户主，家里人商量好就行。")),
    "threshold": Term(
        N_("80%住户同意"),
        N_("全部住户里，同意的要够八成，才能动工。没有回答的、弃权的，都不算同意。"),
    ),
    "abstain": Term(N_("弃权"), N_("您家来过了，但不说同意也不说不同意。弃权不算同意。")),
    "deadline": Term(N_("截止"), N_("过了这个时间就不能再提交意见。时间都按北京时间。")),
    "roll": Term(N_("住户名册"), N_("开始征求意见那天，一共有多少户，都登记在这本册子上。以后按它来算。")),
    "receipt": Term(
        N_("回执码"), N_("交了意见以后给您的一串字母和数字。凭它能查到登记的意见对不对，请收好。")
    ),
    "contradiction": Term(
        N_("意见不一致"), N_("同一户有两份不一样的意见。先都不算，等核实清楚，或者您家再答一次。")
    ),
    "objection": Term(N_("异议"), N_("结果公布以后，觉得自己家记错了，可以在规定的几天里提出来。")),
    "spot_check": Term(N_("抽查回访"), N_("随机挑一些住户，由没有参与登记的人再去问一遍，看记得对不对。")),
    "count_sheet": Term(
        N_("意见统计表"), N_("写着同意多少户、不同意多少户的那张表，有监票人签字，谁都能看。")
    ),
    "fingerprint": Term(
        N_("方案指纹"), N_("从方案全文算出来的一串数字和字母。方案改一个字，它就不一样，所以谁也改不了。")
    ),
    "ledger": Term(
        N_("核对码"), N_("每天给全部记录算出来的一串数字和字母，贴出来给大家看。记录被人动过，就对不上。")
    ),
    "funds": Term(N_("惠民资金"), N_("政府每年给社区办实事的钱，不用住户出。")),
    "owners": Term(
        N_("业主表决"), N_("动用小区共有的钱和地方，法律要求买房的人另外表决，和住户的意见分开统计。")
    ),
}


def terms(*keys: str) -> list[tuple[str, Term]]:
    """These words, in this order; all of them when none is named."""
    return [(key, TERMS[key]) for key in keys or TERMS]
