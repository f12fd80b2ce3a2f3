"""The blueprint of this job."""

from flask import Blueprint

bp = Blueprint("moderator", __name__, url_prefix="/c/<slug>/desk")
