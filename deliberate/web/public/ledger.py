"""核对记录: what a head is, the latest one, who holds it; and the same as files for scripts and mirrors."""

import hashlib

from flask import Response, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import N_, BadInput, NotFound
from deliberate.domain.ledger.anchoring import read_characters
from deliberate.domain.permissions import Action, Role
from deliberate.queries import heads
from deliberate.queries.ledger_proofs import StoredTree
from deliberate.services import bulletin, feed, observers

from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.ledger import OwnAddressForm
from ..printing import sheet
from ..qr import qr_code
from ..store import config, now, reader, transaction
from .blueprint import bp


@bp.get("/c/<slug>/ledger")
@allow(Action.READ_PUBLIC)
def ledger() -> ResponseReturnValue:
    """For everybody: two sentences, the latest head, and who holds it since when."""
    return _page(_own_address())


@bp.post("/c/<slug>/ledger/address")
@allow(Action.OBSERVE)
def leave_address() -> ResponseReturnValue:
    """An observer wants heads by mail, elsewhere, or no longer."""
    form = OwnAddressForm()
    if not form.validate():
        return _page(form), 422
    try:
        with transaction() as tx:
            observers.leave_address(
                tx.session, current_actor(), g.community.id, text(form.address), now=tx.now
            )
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(form), status
    flash(_("已经保存。"))
    return redirect(url_for(".ledger"))


@bp.get("/c/<slug>/ledger/notice/<int:head_id>")
@allow(Action.READ_PUBLIC)
def ledger_notice(head_id: int) -> ResponseReturnValue:
    """The head on paper, for the board at the gate."""
    head = heads.one(reader(), g.community.id, head_id)
    return sheet(
        "print/ledger_notice.html",
        f"records-{head_id}",
        head=head,
        qr=qr_code(heads.note_text(reader(), head, cosigned=False)),
        address=url_for(".ledger", _external=True),
        verifiers=bulletin.verifier_hashes(),
        back_url=url_for(".ledger"),
    )


@bp.get("/c/<slug>/ledger/heads/")
@allow(Action.READ_PUBLIC)
def head_files() -> ResponseReturnValue:
    """The names of all notes, one a line."""
    return _plain(feed.index(heads.listing(reader(), g.community.id)))


@bp.get("/c/<slug>/ledger/heads/<file>")
@allow(Action.READ_PUBLIC)
def head_file(file: str) -> ResponseReturnValue:
    """`latest`, `key`, `index`, `<size>-<id>.note`, or `<size>.note` for the newest of that size."""
    if file == "index":
        return head_files()
    if file == "key":
        return _plain(feed.key(reader(), g.community.id))
    return _plain(heads.note_text(reader(), _named(file)))


def _named(file: str) -> heads.Head:
    if file == "latest":
        found = heads.listing(reader(), g.community.id, limit=1)
    else:
        size, _dash, _id = file.removesuffix(".note").partition("-")
        known = file.endswith(".note") and size.isascii() and size.isdecimal() and len(size) < 10
        found = heads.listing(reader(), g.community.id, size=int(size)) if known else ()
        found = tuple(head for head in found if file in (f"{size}.note", head.file))
    if not found:
        raise NotFound()
    return found[0]


def _plain(body: str) -> Response:
    """Text that a mirror asks for again and again, and gets only when it changed."""
    answer = Response(body, mimetype="text/plain")
    answer.set_etag(hashlib.sha256(body.encode()).hexdigest()[:32], weak=True)  # it leaves compressed or not
    answer.vary.add("Accept-Encoding")
    answer.make_conditional(request)
    return answer


@bp.get("/c/<slug>/ledger/consistency")
@allow(Action.READ_PUBLIC)
def consistency() -> ResponseReturnValue:
    """The proof that one head contains another (RFC 9162 §2.1.4), as hashes in hex."""
    old, new = (request.args.get(name, -1, type=int) for name in ("from", "to"))
    latest = heads.latest(reader(), g.community.id)
    if latest is None or not 0 < old <= new <= latest.size:
        raise BadInput(
            what=N_("没有这样的证明。"),
            why=N_("起止条数不对：要都大于零，起不大于止，止不超过已经签过名的条数。"),
            next_step=N_("请先读取最新的核对码，再按里面的条数来问。"),
        )
    proof = StoredTree(reader(), g.community.id).consistency(old, new)
    return jsonify({"from": old, "to": new, "proof": [one.hex() for one in proof]})


@bp.post("/c/<slug>/ledger/cosign")
@allow(Action.READ_PUBLIC)
def cosign() -> ResponseReturnValue:
    """An observer's signature under a head; the key proves whose it is, so no form token is asked."""
    if (request.content_length or 0) > 4 * observers.LONGEST_NOTE:
        raise observers.BadCosignature(why=N_("内容太长。"))
    note = request.get_data(cache=False).decode(errors="replace")
    with transaction() as tx:
        kept = observers.cosign(tx.session, g.community.id, note, now=tx.now)
        line = kept.line
    return Response(line, mimetype="text/plain")


def _own_address() -> OwnAddressForm | None:
    """The form of whoever observes here."""
    actor = current_actor()
    if actor.account_id is None or not actor.has(Role.OBSERVER, g.community.id):
        return None
    kept = observers.address_of(reader(), g.community.id, actor.account_id)
    return OwnAddressForm(formdata=None, data={"address": kept.address if kept else ""})


def _page(own: OwnAddressForm | None) -> str:
    typed = request.args.get("code", "")[:60]
    code = read_characters(typed)
    found = heads.read_off(reader(), g.community.id, code) if code else None
    return render_template(
        "public/ledger.html",
        view_of=heads.overview(reader(), g.community.id, now()),
        offline=config().signs_offline,
        own=own,
        typed=typed,
        found=found,
        stands=found is not None and heads.stands(reader(), g.community.id, found),
        base=url_for(".ledger", _external=True),
        verifiers=bulletin.verifier_hashes(),
    )
