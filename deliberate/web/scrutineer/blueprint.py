"""The blueprint of this job."""

from flask import Blueprint

bp = Blueprint("scrutineer", __name__, url_prefix="/c/<slug>/scrutiny")
