"""Bring other people's front-end files into the repository, so that no page ever asks a stranger's server.

`vendor.json` says which files of which pinned package we carry. This script packs each package with npm,
copies those files and writes `vendor.lock.json`: the SHA-512 of the package and the SHA-384 of each file.
Run it by hand after changing a version; the test suite only re-hashes what is committed.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parent.parent / "deliberate" / "static" / "vendor"


def integrity(data: bytes, algorithm: str) -> str:
    """The hash in the form that npm and the `integrity` attribute use: `sha384-…`."""
    digest = hashlib.new(algorithm, data).digest()
    return f"{algorithm}-{base64.b64encode(digest).decode()}"


def pack(name: str, version: str, folder: Path) -> Path:
    """Let npm download the package as it was published; nothing in it is run."""
    command = ["npm", "pack", "--json", "--ignore-scripts", f"{name}@{version}"]
    answer = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    packed = json.loads(answer.stdout)
    entries = packed if isinstance(packed, list) else list(packed.values())
    return folder / str(entries[0]["filename"])


def copy_files(tarball: Path, files: dict[str, str]) -> dict[str, str]:
    """Copy the named files out of the package; return each one's hash by its place in the repository."""
    hashes = {}
    with tarfile.open(tarball) as package:
        for source, target in files.items():
            member = package.extractfile(f"package/{source}")
            if member is None:
                raise SystemExit(f"{tarball.name} has no file {source}")
            data = member.read()
            path = VENDOR / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            hashes[target] = integrity(data, "sha384")
    return hashes


def main() -> int:
    """Fetch every package of `vendor.json` and write the lock."""
    wanted: dict[str, Any] = json.loads((VENDOR / "vendor.json").read_text("utf-8"))
    lock = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, package in wanted.items():
            tarball = pack(name, package["version"], Path(folder))
            lock[name] = {
                "version": package["version"],
                "package": integrity(tarball.read_bytes(), "sha512"),
                "files": copy_files(tarball, package["files"]),
            }
            print(f"{name} {package['version']}: {len(package['files'])} files")
    (VENDOR / "vendor.lock.json").write_text(json.dumps(lock, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
