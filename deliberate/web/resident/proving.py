"""The file that proves a record: every opening of its leaf, the promise, and its place once it has one."""

import json
from typing import Any

from flask import Response, g
from flask.typing import ResponseReturnValue

from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.permissions import Action
from deliberate.queries.ledger_leaves import leaf_of_consent
from deliberate.services import receipts

from ..access import allow
from ..forms.answering import CheckedForm
from ..forms.fields import text
from ..store import config, reader
from .blueprint import bp
from .looking import opened_by


def proof_of(consent_id: int) -> dict[str, Any]:
    """The receipt of a record of this community, for whoever may have it."""
    leaf = leaf_of_consent(reader(), consent_id)
    if leaf is None or leaf.community_id != g.community.id:
        raise NotFound()
    origin = receipts.origin(config().origin, g.community.slug)
    return receipts.receipt_file(
        reader(), leaf.id, origin, receipts.receipt_key(config().instance_dir, config().receipt_key)
    )


@bp.post("/check/file")
@allow(Action.USE_LETTER)
def check_file() -> ResponseReturnValue:
    """To keep: it proves the record without this service."""
    form = CheckedForm()
    if not form.validate():
        raise BadInput()
    if form.consent_id.data not in {one.record.id for one in opened_by(text(form.receipt))}:
        raise NotFound()
    proof = proof_of(int(form.consent_id.data))
    answer = Response(json.dumps(proof, ensure_ascii=False, indent=1), mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="receipt.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
