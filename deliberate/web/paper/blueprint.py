"""The blueprint of paper: sheets of a round, posters of notices, letters of the whole community."""

from flask import Blueprint

bp = Blueprint("paper", __name__, url_prefix="/c/<slug>/paper")
