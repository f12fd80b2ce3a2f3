"""Settings of the community: name, telephone, periods, languages, rules; every version with who and when."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action
from deliberate.domain.settings import Settings
from deliberate.queries import communities
from deliberate.services import communities as deeds

from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.settings import CHOICES, GROUPS, LABELS, SettingsForm
from ..languages import offer
from ..store import reader, transaction
from .blueprint import bp


@bp.get("/settings")
@allow(Action.CHANGE_SETTINGS)
def settings() -> ResponseReturnValue:
    """The settings in force, and how they came to be."""
    now_in_force = communities.settings(reader(), g.community.id).to_data()
    seen = deeds.newest_version(reader(), g.community.id)
    form = SettingsForm(
        data={"name": g.community.name, "telephone": g.community.telephone, "seen": seen} | now_in_force
    )
    return _page(form)


@bp.post("/settings")
@allow(Action.CHANGE_SETTINGS)
def save_settings() -> ResponseReturnValue:
    """A new version; open rounds keep theirs."""
    form = SettingsForm()
    if not form.validate():
        return _page(form), 422
    try:
        with transaction() as tx:
            made = deeds.change_settings(
                tx.session,
                current_actor(),
                g.community.id,
                name=text(form.name),
                telephone=text(form.telephone),
                values={name: form[name].data for name in (*LABELS, *GROUPS)},
                seen=form.seen.data or 0,
                now=tx.now,
            )
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(form), status
    offer(made.values["languages"])
    flash(_("设置已经保存，从下一个议题开始使用。"))
    return redirect(url_for(".settings"))


def _page(form: SettingsForm) -> str:
    versions = communities.versions(reader(), g.community.id)
    usual = Settings().to_data()
    before = [*(usual | version.values for version, _who in versions[1:]), usual][: len(versions)]
    history = [
        {"n": version.n, "at": version.changed_at, "who": who, "changes": _changes(old, version.values)}
        for (version, who), old in zip(versions, before, strict=True)
    ]
    return render_template("moderator/settings.html", form=form, history=history)


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What one version changed: label, before, after."""
    labels = {"name": _("社区名称"), "telephone": _("社区电话")} | {
        k: str(v) for k, v in (LABELS | GROUPS).items()
    }
    return [
        (label, _shown(name, before.get(name, "—")), _shown(name, after[name]))
        for name, label in labels.items()
        if name in after and before.get(name) != after[name]
    ]


def _shown(name: str, value: Any) -> str:
    """A value as people read it."""
    if name not in GROUPS:
        return str(value)
    return str(_("、")).join(str(CHOICES[name][one]) for one in value)
