"""Words that not everybody knows."""

from flask import render_template
from flask.typing import ResponseReturnValue

from deliberate.domain import glossary
from deliberate.domain.permissions import Action

from ..access import allow
from .blueprint import bp


@bp.get("/c/<slug>/words")
@allow(Action.READ_PUBLIC)
def words() -> ResponseReturnValue:
    """Each word in a sentence or two."""
    return render_template("public/words.html", terms=glossary.terms())
