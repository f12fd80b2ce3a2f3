"""Templates that were compiled when the program was installed (`scripts/compile.py`), as Python keeps its own.

Without them, or where one is older than what it was made from, a template is compiled when it is first shown.
"""

import hashlib
from functools import cached_property
from pathlib import Path

import jinja2
from flask import Flask
from jinja2.bccache import Bucket, FileSystemBytecodeCache

FOLDER = "__pycache__"
_OURS = Path(__file__).resolve().parent


class _Kept(FileSystemBytecodeCache):
    """Only read, where the application runs."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Nothing: whoever serves pages may not write its program."""

    def get_source_checksum(self, source: str) -> str:
        return hashlib.sha256(f"{self._made_by}|{source}".encode()).hexdigest()

    @cached_property
    def _made_by(self) -> str:
        """Filters stand in what is compiled with what they made of constants: so theirs is part of the source."""
        stats = ((path.name, path.stat()) for path in sorted(_OURS.glob("*.py")))
        return repr([jinja2.__version__, *((name, told.st_mtime_ns, told.st_size) for name, told in stats)])


class _Keeping(_Kept):
    """Writes them."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        FileSystemBytecodeCache.dump_bytecode(self, bucket)


def _folder(app: Flask) -> Path:
    return Path(app.root_path, app.template_folder or "") / FOLDER


def install(app: Flask) -> None:
    """Show what was compiled."""
    app.jinja_env.bytecode_cache = _Kept(str(_folder(app)))


def compile_all(app: Flask) -> int:
    """Compile every template of the application; how many there are."""
    folder = _folder(app)
    folder.mkdir(exist_ok=True)
    for old in folder.glob("__jinja2_*"):
        old.unlink()
    app.jinja_env.bytecode_cache = _Keeping(str(folder))
    names = app.jinja_env.list_templates(extensions=["html", "txt"])
    for name in names:
        app.jinja_env.get_template(name)
    return len(names)
