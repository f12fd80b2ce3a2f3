"""Households' letters as sheets: one a page, each with its code, in the languages of the community."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from flask import Flask, g, request, url_for
from flask.typing import ResponseReturnValue

from deliberate.db import Database
from deliberate.queries import communities
from deliberate.services.letter_issuing import IssuedLetter
from deliberate.services.secrets import grouped

from . import languages
from .printing import FORM, WISH, NoPdf, as_pdf, render_sheet, wanted
from .qr import qr_code
from .store import now

Homes = Mapping[int, Any]
TEMPLATE = "print/letter.html"


def letters_sheet(issued: Sequence[IssuedLetter], homes: Homes, back_url: str) -> ResponseReturnValue:
    """The answer to the request that issued them; where no PDF can be set, the page: the codes are shown only now."""
    address = url_for("account.letter", _external=True)
    page = render_sheet(
        TEMPLATE,
        wanted(request.form.get(WISH)),
        sheets=_sheets(issued, homes, address),
        address=address,
        back_url=back_url,
        issued_at=now(),
        by_hand=True,
    )
    if request.form.get(FORM) == "pdf":
        with suppress(NoPdf):
            return as_pdf(page, "letters")
    return page


def letter_page(
    app: Flask, community_id: int, tongues: str, address: str, issued: Sequence[IssuedLetter], homes: Homes
) -> str:
    """The same outside of any request, for the worker."""
    store: Database = app.extensions["deliberate.db"]
    with app.test_request_context(), store.reading() as session:
        g.community = communities.by_id(session, community_id)
        languages.offer(communities.settings(session, community_id).languages)
        return render_sheet(
            TEMPLATE,
            wanted(tongues),
            sheets=_sheets(issued, homes, address),
            address=address,
            back_url="",
            issued_at=now(),
            by_hand=False,
        )


def _sheets(issued: Sequence[IssuedLetter], homes: Homes, address: str) -> list[dict[str, object]]:
    return [
        {
            "home": homes[one.household_id],
            "for_owner": one.for_owner,
            "code": grouped(one.code),
            "qr": qr_code(f"{address}#{one.code}"),
        }
        for one in issued
    ]
