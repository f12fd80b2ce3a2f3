"""The blueprint of this job."""

from flask import Blueprint

bp = Blueprint("resident", __name__, url_prefix="/c/<slug>/home")
