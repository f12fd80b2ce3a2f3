"""The household's letter: its code opens the household's page, with or without an account.

The QR code on the letter points to `/account/letter#CODE`: a fragment is not sent to any server and so in no
log; a small script copies it into the field, and without the script it is typed.
"""

from typing import Any

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from deliberate.domain.errors import BadInput, TooMany
from deliberate.domain.permissions import Action, Actor
from deliberate.queries import answers, people
from deliberate.queries import letters as letter_queries
from deliberate.queries.letters import LetterInHand
from deliberate.services import letters, memberships, throttle

from ..access import allow, current_actor
from ..back import place
from ..forms.account import CodeForm, RegisterForm
from ..forms.fields import show_refusal, text
from ..store import config, now, reader, transaction
from . import tries
from .blueprint import bp
from .session import LETTER, begin, drop_letter, put_letter_away, take_letter


@bp.get("/letter")
@allow(Action.USE_LETTER)
def letter() -> ResponseReturnValue:
    """Type the code, or see the letter in hand."""
    in_hand = _in_hand()
    if in_hand is None:
        return render_template("account/letter.html", form=CodeForm(join=True))
    actor = current_actor()
    joined = in_hand.home.id in (actor.owns if in_hand.letter.for_owner else actor.joined)
    return render_template(
        "account/letter_in_hand.html", community=in_hand.community, letter=in_hand, joined=joined
    )


@bp.post("/letter")
@allow(Action.USE_LETTER)
def open_letter() -> ResponseReturnValue:
    """Open the household's page with the code."""
    form = CodeForm()
    if not form.validate():
        return render_template("account/letter.html", form=form), 422
    counted = throttle.code_tries(config().code_key, text(form.code), place())
    tries.count(counted)
    try:
        found = letters.open_with_code(reader(), text(form.code), config().code_key)
    except BadInput as refusal:
        form.code.data = ""
        refusal.params = {**refusal.params, "field": "code"}
        status = show_refusal(form, refusal)
        return render_template("account/letter.html", form=form), status
    tries.give_back(counted)
    take_letter(found.id, found.household_id)
    if form.join.data and current_user.is_authenticated:
        actor = people.actor(reader(), account_id=current_user.id, letter_id=found.id)
        _join(actor)
    in_hand = _in_hand()
    return redirect(_where_it_leads(in_hand) if in_hand else url_for("account.letter"))


def _where_it_leads(in_hand: LetterInHand) -> str:
    """Straight to the one round that awaits the household, so that two taps are enough; else its home."""
    place = in_hand.community
    waiting = [one for one in answers.awaiting(reader(), _with_letter(), place.id, now=now()) if one.awaits]
    if len(waiting) == 1 and waiting[0].days_left is not None:
        return url_for("resident.round", slug=place.slug, round_id=waiting[0].round.id)
    return _home_of(place)


def _with_letter() -> Actor:
    """The actor with the letter that was opened in this very request."""
    account_id = current_user.id if current_user.is_authenticated else None
    return people.actor(reader(), account_id=account_id, letter_id=session.get(LETTER))


@bp.post("/letter/join")
@allow(Action.MANAGE_OWN_ACCOUNT)
def join_letter() -> ResponseReturnValue:
    """Join the home of the letter in hand to one's account."""
    _join(current_actor())
    return redirect(url_for("account.mine"))


@bp.post("/letter/leave")
@allow(Action.USE_LETTER)
def leave_letter() -> ResponseReturnValue:
    """Lay the letter down: this browser no longer opens the household's page with it."""
    drop_letter()
    flash(_("已经收起信函。要再打开，请重新输入代码。"))
    return redirect(url_for("account.letter"))


@bp.get("/register")
@allow(Action.USE_LETTER)
def register() -> ResponseReturnValue:
    """An account for the holder of a letter."""
    in_hand = _in_hand()
    if in_hand is None:
        flash(_("请先输入您家信函上的代码，再建账号。"), "warning")
    if in_hand is None or current_user.is_authenticated:
        return redirect(url_for("account.letter"))
    return _register_page(RegisterForm(), in_hand)


@bp.post("/register")
@allow(Action.USE_LETTER)
def register_now() -> ResponseReturnValue:
    """Make the account and join it to the home, in one step."""
    form, in_hand = RegisterForm(), _in_hand()
    if in_hand is None:
        return redirect(url_for("account.letter"))
    if not form.validate():
        return _register_page(form, in_hand), 422
    try:
        made = _make_account(form)
    except (BadInput, TooMany) as refusal:
        status = show_refusal(form, refusal)
        return _register_page(form, in_hand), status
    begin(made.id, made.epoch)
    put_letter_away()
    flash(_("账号建好了，您家也已经加入。以后用用户名或手机号登录。"))
    return redirect(_home_of(in_hand.community))


def _make_account(form: RegisterForm) -> Any:
    """Numbers that are taken are counted: nobody with a letter asks at will which ones have an account."""
    counted = tries.of_number(f"letter {session.get(LETTER)}", text(form.telephone))
    try:
        with transaction() as tx:
            made = memberships.register(
                tx.session,
                current_actor(),
                user_name=text(form.user_name),
                display_name=text(form.display_name),
                password=text(form.password),
                telephone=text(form.telephone),
                now=tx.now,
            )
    except BadInput as refusal:
        if not tries.tells_of_number(refusal):
            tries.give_back(counted)
        raise
    tries.give_back(counted)
    return made


def _register_page(form: RegisterForm, in_hand: LetterInHand) -> str:
    return render_template("account/register.html", form=form, community=in_hand.community, home=in_hand.home)


def _join(actor: Actor) -> None:
    with transaction() as tx:
        memberships.join_by_letter(tx.session, actor, now=tx.now)
    flash(_("这一户已经加入您的账号。"))


def _in_hand() -> LetterInHand | None:
    letter_id = session.get(LETTER)
    return letter_queries.in_hand(reader(), letter_id) if letter_id is not None else None


def _home_of(community: Any) -> str:
    return url_for("resident.home", slug=community.slug)
