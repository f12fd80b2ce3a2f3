"""The API of the tablets: one blueprint, for devices with their token, never for a browser's cookie."""

from flask import Blueprint

bp = Blueprint("tablet", __name__, url_prefix="/canvass/api/v1")
