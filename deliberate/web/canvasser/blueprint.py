"""The blueprint of this job."""

from flask import Blueprint

bp = Blueprint("canvasser", __name__, url_prefix="/c/<slug>/doors")
