"""The roll of a round before two people: the registrar draws it up, and the scrutineer signs the same."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import Stale
from deliberate.domain.permissions import Role, Subject
from deliberate.queries import posted, postings, roll_losses, roll_preview, round_desk, rounds, subjects
from deliberate.services import rolls_of_rounds

from .access import current_actor
from .store import now, reader, roll_transaction, transaction


def about_round(round_id: int, **_args: object) -> Subject:
    """The round of the address, if it is of this community."""
    return subjects.of_round(reader(), round_id, g.community.id)


def waiting(role: Role) -> list[tuple[Any, Any]]:
    """Rounds (with their matters) whose roll this role has not signed yet, when it is its turn."""
    found = []
    for consent_round, matter in roll_preview.rounds_to_certify(reader(), g.community.id):
        signed = {one.role for one, _name in round_desk.certificates(reader(), consent_round.id)}
        if role not in signed and (role is Role.REGISTRAR or Role.REGISTRAR in signed):
            found.append((consent_round, matter))
    return found


def list_page(role: Role) -> str:
    """Rounds whose roll is to be certified."""
    rolls = roll_preview.rounds_to_certify(reader(), g.community.id)
    signed = {
        consent_round.id: {one.role for one, _name in round_desk.certificates(reader(), consent_round.id)}
        for consent_round, _matter in rolls
    }
    return render_template("registrar/certify_list.html", job=role, waiting=rolls, signed=signed)


def round_page(role: Role, round_id: int) -> str:
    """The roll as it is, or would be, with what a certifier should look at."""
    shown = rounds.view(reader(), g.community.id, round_id, now=now())
    until = postings.left_out_shown_until(reader(), round_id)
    certificates = round_desk.certificates(reader(), round_id)
    return render_template(
        "registrar/certify.html",
        job=role,
        shown=shown,
        preview=roll_preview.preview(reader(), shown.round),
        left_out=posted.left_out_rooms(reader(), round_id),
        lost=roll_losses.of_round(reader(), shown.round),
        until=until,
        early=until is not None and now() < until,
        certificates=certificates,
        done=role in {certificate.role for certificate, _name in certificates},
        seen=roll_preview.state(reader(), shown.round),
    )


def sign(role: Role, round_id: int) -> ResponseReturnValue:
    """Put one's name under the roll."""
    begin = roll_transaction if role is Role.REGISTRAR else transaction
    seen = request.form.get("seen", "")
    try:
        with begin(Lock.round(round_id)) as tx:
            certificate = rolls_of_rounds.certify(
                tx.session, current_actor(), round_id, role, seen=seen, now=tx.now
            )
            size = certificate.roll_size
    except Stale as refusal:
        flash(" ".join(_(text) for text in (refusal.what, refusal.why, refusal.next_step)), "warning")
        return round_page(role, round_id), refusal.status
    flash(_("名册已核定，共%(n)s户。", n=size))
    return redirect(url_for(".certify_round", round_id=round_id))
