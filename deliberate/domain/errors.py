"""Refusals: named, and fit to be read by the person who was refused.

A refusal carries three sentences: what was refused, why, and what to do next. Each is a message id (the
Chinese text itself) with parameters; the web translates it into the reader's language. The rules know no
translation library, so `N_` only marks a text for extraction.
"""

from collections.abc import Mapping


def N_(message: str) -> str:
    """Mark `message` for the catalogue and return it unchanged."""
    return message


class Refusal(Exception):
    """An act that a rule refuses. `status` is the HTTP status of its page."""

    status = 409
    default_what = N_("这一步没有办成。")
    default_why = N_("现在的情况不允许这样做。")
    default_next = N_("请返回上一页查看最新情况，或拨打社区电话。")

    def __init__(
        self,
        what: str | None = None,
        why: str | None = None,
        next_step: str | None = None,
        **params: object,
    ) -> None:
        self.what = what or self.default_what
        self.why = why or self.default_why
        self.next_step = next_step or self.default_next
        self.params: Mapping[str, object] = params
        super().__init__(f"{self.fill(self.what)} {self.fill(self.why)}")

    def fill(self, message: str) -> str:
        """Put the parameters into a (translated) sentence; a literal percent sign is written `%%`."""
        return message % self.params


class NotAllowed(Refusal):
    """The person has no right to this act (DESIGN §4, one table of rights)."""

    status = 403
    default_what = N_("您不能进行这项操作。")
    default_why = N_("这项操作不属于您的职责，或者不是您家的事项。")
    default_next = N_("如果您认为有误，请联系社区工作人员。")


class NotFound(Refusal):
    """No such thing, or not in this community: the two look the same from outside."""

    status = 404
    default_what = N_("没有找到这个页面。")
    default_why = N_("地址可能有误，或者内容已经移走。")
    default_next = N_("请回到首页重新查找。")


class Stale(Refusal):
    """The page was opened before somebody else changed the matter."""

    default_what = N_("没有保存。")
    default_why = N_("您打开页面以后，内容已经被更新。")
    default_next = N_("请查看最新内容，再提交一次；您填写的文字还在下面。")


class BadInput(Refusal):
    """What was typed or sent cannot be taken."""

    status = 422
    default_what = N_("没有保存。")
    default_why = N_("填写的内容有误。")
    default_next = N_("请按提示修改后再提交；您填写的文字还在。")


class WrongStage(Refusal):
    """The step is not in the table for this stage (DESIGN §3)."""

    default_why = N_("议题现在的阶段不允许这一步。")
    default_next = N_("请刷新页面，查看议题现在进行到哪一步。")


class TooMany(Refusal):
    """Tried too often."""

    status = 429
    default_what = N_("请稍后再试。")
    default_why = N_("尝试的次数太多了。")
    default_next = N_("请过一小时再试，或拨打社区电话请工作人员帮忙。")
