"""Signing in and out, one's own account, the letter's code, language and view."""

from . import letter, messages, mine, news, preferences, signing
from .blueprint import bp
from .user import load_user

__all__ = ["bp", "letter", "load_user", "messages", "mine", "news", "preferences", "signing"]
