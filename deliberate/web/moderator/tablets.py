"""Tablets at the desk: where each stands, a one-time code for the next, and the end of a lost one."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action, Role, Subject
from deliberate.domain.tablet_report import LOUD, TROUBLED
from deliberate.queries import accounts, deliveries, evenings, suspensions
from deliberate.queries import devices as queries
from deliberate.services import devices, secrets

from .. import tables as tables_of_office
from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.tablets import CodeForm, WhyForm
from ..qr import qr_code
from ..store import config, now, reader, transaction
from .blueprint import bp
from .tables import tablet_table


def about_device(device_id: int) -> Subject:
    """A tablet of this community."""
    queries.in_community(reader(), device_id, g.community.id)
    return Subject(g.community.id)


def tablets_on_desk() -> dict[str, Any]:
    """What `moderator/desk_tablets.html` needs: each a list of which every line waits for somebody."""
    community, at = g.community.id, now()
    lines = queries.of_community(reader(), community)
    in_force = [line for line in lines if line.device.revoked_at is None]
    return {
        "desk_tablets": [line for line in in_force if TROUBLED & set(line.alarms(at))],
        "desk_deliveries": [
            one for one in deliveries.queue(reader(), current_actor(), community, now=at) if one.decidable
        ],
        "desk_suspended": [
            one for one in suspensions.queue(reader(), current_actor(), community) if one.decidable
        ],
        "desk_evenings": evenings.differing(reader(), community),
    }


@bp.get("/tablets")
@allow(Action.MANAGE_DEVICES)
def tablets() -> ResponseReturnValue:
    """Every tablet, the troubled ones first."""
    return _page(_code_form())


@bp.post("/tablets/code")
@allow(Action.MANAGE_DEVICES)
def issue_device_code() -> ResponseReturnValue:
    """A code for one tablet of one person; it is on this page only, and nowhere else."""
    form = _code_form()
    if not form.validate():
        return _page(form), 422
    account_id = int(text(form.person))
    with transaction() as tx:
        code = devices.issue_code(
            tx.session,
            current_actor(),
            g.community.id,
            account_id,
            seen=form.seen.data or 0,
            key=config().code_key,
            now=tx.now,
        )
    address = url_for("offline.shell", _external=True, _anchor=f"enrol={code}")
    return render_template(
        "moderator/tablet_code.html",
        code=secrets.grouped(code),
        qr=qr_code(address),
        person=next(one.display_name for one in _canvassers() if one.account_id == account_id),
        shell=url_for("offline.shell", _external=True),
        until=now() + devices.CODE_LIVES,
    )


@bp.get("/tablets/<int:device_id>/revoke")
@allow(Action.MANAGE_DEVICES, about=about_device)
def revoke_device(device_id: int) -> ResponseReturnValue:
    """What revoking does, and the reason."""
    return _revoke_page(device_id, WhyForm(formdata=None))


@bp.post("/tablets/<int:device_id>/revoke")
@allow(Action.MANAGE_DEVICES, about=about_device)
def revoke_device_now(device_id: int) -> ResponseReturnValue:
    """Revoke it."""
    form = WhyForm()
    if not form.validate():
        return _revoke_page(device_id, form), 422
    try:
        with transaction() as tx:
            devices.revoke(tx.session, current_actor(), device_id, text(form.reason), now=tx.now)
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _revoke_page(device_id, form), status
    flash(_("平板已停用。它以后送来的记录会先留下，等人处理。"))
    return redirect(url_for(".tablets"))


def _canvassers() -> list[Any]:
    staff = accounts.staff(reader(), g.community.id)
    return [one for one in staff if Role.CANVASSER in one.roles and not one.disabled]


def _code_form() -> CodeForm:
    form = CodeForm()
    form.offer(_canvassers(), queries.newest_code(reader(), g.community.id))
    return form


def _page(form: CodeForm) -> str | Response:
    lines = [(line, line.alarms(now())) for line in queries.of_community(reader(), g.community.id)]
    in_force = [(line, found) for line, found in lines if line.device.revoked_at is None]
    return tables_of_office.page(
        "moderator/tablets.html",
        lines=sorted(in_force, key=lambda pair: not LOUD & set(pair[1])),
        revoked=[(line, found) for line, found in lines if line.device.revoked_at is not None],
        loud=sum(bool(LOUD & set(found)) for _line, found in in_force),
        cases=deliveries.waiting(reader(), g.community.id, now=now()),
        form=form,
        register=tablet_table([line for line, _alarms in lines]),
    )


def _revoke_page(device_id: int, form: WhyForm) -> str:
    device = queries.in_community(reader(), device_id, g.community.id)
    return render_template("moderator/revoke_tablet.html", device=device, form=form)
