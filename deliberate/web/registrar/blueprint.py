"""The blueprint of this job."""

from flask import Blueprint

bp = Blueprint("registrar", __name__, url_prefix="/c/<slug>/roll")
