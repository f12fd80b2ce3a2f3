"""The blueprint of the offline client; beside it only its API lies under this address."""

from flask import Blueprint

bp = Blueprint("offline", __name__, url_prefix="/canvass")
