"""The spot check of a small round in the demo: half would not be enough, so every form is laid beside its record."""

from deliberate.domain.spot_check import FormShows
from deliberate.queries import form_checks
from deliberate.services import full_rechecks, spot_checks
from deliberate.services.form_checks import check_form

from .stage import Stage


def recheck(stage: Stage, round_id: int, *, begun: float) -> None:
    """Planned by the scrutineer so many days from today; the next day every form was found as recorded."""
    with stage.at(begun) as tx:
        spot_checks.plan(tx.session, stage.actor(tx.session, "jianpiao"), round_id, now=tx.now)
    with stage.at(begun + 1) as tx:
        scrutineer = stage.actor(tx.session, "jianpiao")
        while form := form_checks.next_form(tx.session, scrutineer, round_id):
            shows = FormShows(str(form.consent.answer))
            check_form(tx.session, scrutineer, form.consent.id, shows, key=stage.code_key, now=tx.now)
        full_rechecks.finish(tx.session, scrutineer, round_id, now=tx.now)
