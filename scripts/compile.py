"""Compile the program where it is installed: `python -m scripts.compile`, as the owner of the source.

The services may not write there, so that what is not compiled would be compiled again at each start. It is known to
be old by itself: whatever is changed later is only slower to start.
"""

import compileall
import sys
import tempfile
from pathlib import Path

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.web.compiled_templates import compile_all

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """The modules, then the templates as the application knows them."""
    done = [
        compileall.compile_dir(str(ROOT / "deliberate"), quiet=1),
        compileall.compile_file(str(ROOT / "wsgi.py"), quiet=1),
    ]
    with tempfile.TemporaryDirectory() as nowhere:
        app = create_app(Config("sqlite://", "only to compile, never to serve anything", Path(nowhere)))
        print(f"{compile_all(app)} templates")
    sys.exit(0 if all(done) else 1)


if __name__ == "__main__":
    main()
