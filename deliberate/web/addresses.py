"""Addresses of pages as rules of Werkzeug: there are some 300, of which a process writes few."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Written = tuple[str, str]
"""The host and the path."""


class Address(Rule):
    """Werkzeug compiles a function for each rule when it is added, which was a tenth of starting."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Written]:
        compile_now = super()._compile_builder

        def write(address: "Address", /, **values: Any) -> Written:
            known = compile_now(append_unknown).__get__(address, None)
            setattr(address, "_build_unknown" if append_unknown else "_build", known)
            written: Written = known(**values)
            return written

        return write
