"""Libraries of rare jobs: loaded at the first use, not at the start (docs/speed.md).

    if TYPE_CHECKING:
        import xlsxwriter
    else:
        xlsxwriter = later("xlsxwriter")

Annotations that name such a library are put in quotes, or they would load it.
"""

from importlib import import_module
from typing import Any


class _Later:
    """Stands for a module until something of it is wanted."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, wanted: str) -> Any:
        return getattr(import_module(self._name), wanted)


def later(name: str) -> Any:
    """The module of that name, loaded when something of it is first asked for."""
    return _Later(name)
