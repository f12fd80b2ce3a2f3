"""Signing in and out, the letter's code, language and view."""

from . import preferences, signing
from .blueprint import bp
from .user import load_user

__all__ = ["bp", "load_user", "preferences", "signing"]
