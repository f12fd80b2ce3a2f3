"""Refusals become pages: status, three sentences, and what was typed, so that nothing is lost."""

import time
from urllib.parse import urlsplit

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

from deliberate import logs
from deliberate.domain import words
from deliberate.domain.errors import N_, BadInput, NotFound, Refusal, Stale
from deliberate.domain.permissions import ANYBODY

from . import unfinished
from .access import AccountNeeded, SignInFirst, current_actor
from .back import way_back

KEPT_BACK = (
    "csrf_token",
    "password",
    "current",
    "repeat",
    "code",
    "receipt",
    "request_id",
    "version",
    "next",
    "seen",
    "after_round",
    "plan_sha256",
)
"""Fields that are never shown again: secrets, and what nobody typed."""
MOST_HEARD, PATIENCE = 64 << 20, 5
"""Bytes, seconds: of what is too large anyway."""
_CHOICES = {member.value for kind in words.WORDS for member in kind}


class TooLarge(Refusal):
    """The request is larger than any form of ours."""

    status = 413
    default_what = N_("文件没有收下。")
    default_why = N_("文件太大了。户册表格不超过20MB，照片每张不超过10MB。")
    default_next = N_("请换一个小一些的文件再试。")


class Busy(Refusal):
    """The store could not take the deed now."""

    status = 503
    default_what = N_("没有保存。")
    default_why = N_("系统正忙，或者数据库拒绝了这一步。")
    default_next = N_("请稍等片刻再提交一次；重复提交不会记成两份。")


class Broken(Refusal):
    """Our own fault."""

    status = 500
    default_what = N_("页面出了问题。")
    default_why = N_("这是系统的错误，不是您的操作造成的。")
    default_next = N_("请过一会儿再试；如果还是这样，请拨打社区电话。")


class Unfit(BadInput):
    """A number or a sign that no field of ours can hold."""

    default_what = N_("没有保存。")
    default_why = N_("填写的内容里有过大的数字，或者系统不能保存的字符。")
    default_next = N_("请改正后再提交；您填写的文字还在下面。")


class WrongMethod(Refusal):
    """The address exists, but not for this."""

    status = 405
    default_what = N_("不能这样打开这个地址。")
    default_why = N_("这一步要在页面上点按钮来完成。")
    default_next = N_("请返回上一页再操作。")


class FormExpired(Stale):
    """The form's token no longer holds."""

    status = 400
    default_why = N_("页面打开的时间太长，或者不是从本网站提交的。")
    default_next = N_("请返回上一页，刷新以后再提交一次。")


class LetterAgain(FormExpired):
    """Whoever answered by letter has it in hand no longer; nothing of them is known here but where they were."""

    default_what = N_("您的意见还没有提交。")
    default_why = N_("页面打开的时间太长，信函已经收起来了。")
    default_next = N_("请重新输入信函上的代码，再选一次。")


_WAYS = {
    AccountNeeded: ("account.register", N_("建账号")),
    LetterAgain: ("account.letter", N_("输入信函上的代码")),
}
"""Refusal → the page from which it goes on, and what its button says."""


def typed() -> list[str]:
    """What the reader had typed, to copy from; what was only ticked is not text."""
    return [
        value
        for name, value in request.form.items(multi=True)
        if value.strip() and name not in KEPT_BACK and not name.endswith("_id") and value not in _CHOICES
    ]


def _page_before() -> str | None:
    """The page of ours that the reader came from, if the browser tells."""
    parts = urlsplit(request.referrer or "")
    ours = parts.netloc == request.host and parts.path != request.path
    return way_back(parts.path + (f"?{parts.query}" if parts.query else "")) if ours else None


def page_of(refusal: Refusal) -> Response:
    """The page that speaks."""
    what, why, next_step = (refusal.fill(_(text)) for text in (refusal.what, refusal.why, refusal.next_step))
    body = render_template(
        "errors/refusal.html",
        what=what,
        why=why,
        next_step=next_step,
        status=refusal.status,
        typed=typed() if request.method == "POST" and refusal.status != 413 else [],
        back_url=_page_before(),
        way=_way(refusal),
    )
    return make_response(body, refusal.status)


def _way(refusal: Refusal) -> tuple[str, str] | None:
    """Where it goes on, and what to call that."""
    found = _WAYS.get(type(refusal))
    return (url_for(found[0]), _(found[1])) if found else None


def _on_expired(_error: CSRFError) -> ResponseReturnValue:
    """The token no longer holds: who was signed in signs in again, who had a letter types its code again."""
    return _after_signing_in() or page_of(_letter_again() or FormExpired())


def _letter_again(status: int = FormExpired.status) -> Refusal | None:
    """Whoever answers a round without anything in hand had a letter."""
    if "/home/rounds/" not in request.path or current_actor() is not ANYBODY:
        return None
    refusal = LetterAgain()
    refusal.status = status
    return refusal


def on_refusal(refusal: Refusal) -> ResponseReturnValue:
    """Send strangers to the sign-in page, tell everybody else."""
    if isinstance(refusal, SignInFirst) and request.method == "GET" and not current_user.is_authenticated:
        return redirect(url_for("account.sign_in", next=request.full_path.rstrip("?")))
    if isinstance(refusal, SignInFirst) and request.method == "POST":
        return _after_signing_in() or page_of(_letter_again(refusal.status) or refusal)
    return page_of(refusal)


def _after_signing_in() -> ResponseReturnValue | None:
    """The session ended while somebody typed: they sign in and find their form as they left it."""
    page = unfinished.keep() if not current_user.is_authenticated else None
    if page is None:
        return None
    flash(_("登录已经到期。请重新登录，您填写的内容还在，登录后会回到原来的表单。"), "warning")
    return redirect(url_for("account.sign_in", next=page))


def on_http(error: HTTPException) -> ResponseReturnValue:
    """Statuses of the framework, in our words."""
    if isinstance(error, SecurityError):
        # No page: whatever names a link would ask for the host again.
        return Response(_("这不是本服务的网址。请用社区公布的网址打开。"), 400, mimetype="text/plain")
    if isinstance(error, RequestEntityTooLarge):
        _hear_out()
        return page_of(TooLarge())
    if error.code == 405:
        return page_of(WrongMethod())
    if error.code and error.code < 400:
        return error
    if error.code == 404:
        return page_of(NotFound())
    refusal = Broken() if (error.code or 500) >= 500 else Refusal()
    refusal.status = error.code or 500
    return page_of(refusal)


def _hear_out() -> None:
    """Take what is still being sent: to close the line meanwhile would cut off the answer.

    Not more than a proxy lets through, and not for long.
    """
    until = time.monotonic() + PATIENCE
    if (request.content_length or 0) <= MOST_HEARD:
        while time.monotonic() < until and request.environ["wsgi.input"].read(1 << 16):
            pass


def install(app: Flask) -> None:
    """One place where refusals become answers."""
    app.register_error_handler(Refusal, on_refusal)
    app.register_error_handler(CSRFError, _on_expired)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(DBAPIError, _on_store)
    app.register_error_handler(DataError, lambda _error: page_of(Unfit()))
    app.register_error_handler(OverflowError, lambda _error: page_of(Unfit()))


def _on_store(error: DBAPIError) -> ResponseReturnValue:
    """The database refused or is away."""
    error.hide_parameters = True
    current_app.logger.error("the store refused: %s", logs.refused(error))
    return page_of(Busy())
