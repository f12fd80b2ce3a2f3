"""What a scrutineer does: certify the roll, sign the count sheet, recheck."""

<<<<<<< HEAD
from . import home, objections, sheets
from .blueprint import bp

__all__ = ["bp", "home", "objections", "sheets"]
=======
from . import certifying, home
from .blueprint import bp

__all__ = ["bp", "certifying", "home"]
>>>>>>> main
