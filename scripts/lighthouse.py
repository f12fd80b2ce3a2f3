"""Lighthouse over the main pages of a running demo, on its phone profile: a table of figures, exit 1 below the marks.

    make demo                                    in one window
    python scripts/lighthouse.py                 in another; --base for another address, --json for the numbers alone
    python scripts/lighthouse.py --runs 5        the run in the middle of so many, where the machine has other work

The pinned npm package is run through npx with the installed Chromium; nothing else is asked of any network. Pages of
a household are opened with the code of its letter, which the demo prints: --letter H76Q-C07V-1719.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

VERSION = "12.8.2"
"""The last that runs on Node 20."""
MARKS = {"performance": 95, "accessibility": 100, "best-practices": 95}
COMMUNITY = "/c/zhonghuaxiang"
PAGES = (
    f"{COMMUNITY}/",
    f"{COMMUNITY}/matters/4",
    f"{COMMUNITY}/matters/6",
    f"{COMMUNITY}/rounds/1",
    f"{COMMUNITY}/home/check",
    "/account/letter",
)
OF_THE_HOUSEHOLD = (f"{COMMUNITY}/home/", f"{COMMUNITY}/home/rounds/1")
TRIES = 3
"""On a busy machine a trace is lost now and then."""
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def _by_letter(base: str, code: str) -> str:
    """The cookies of a browser in which the letter was opened."""
    jar = CookieJar()
    browser: OpenerDirector = build_opener(HTTPCookieProcessor(jar))
    page = browser.open(f"{base}/account/letter").read().decode()
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    browser.open(f"{base}/account/letter", urlencode({"csrf_token": token, "code": code}).encode())
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def _judge(address: str, folder: Path, cookie: str) -> dict[str, Any]:
    """What Lighthouse says of one page."""
    report = folder / "report.json"
    command = ["npx", "--yes", f"lighthouse@{VERSION}", address, "--quiet", "--output=json"]
    command += [f"--output-path={report}", f"--only-categories={','.join(MARKS)}", "--form-factor=mobile"]
    command += ["--chrome-flags=--headless=new --no-sandbox --disable-gpu"]
    if cookie:
        command.append(f"--extra-headers={json.dumps({'Cookie': cookie})}")
    chromium = next((found for name in CHROMIUM if (found := shutil.which(name))), "")
    for _try in range(TRIES):
        ran = subprocess.run(command, check=False, env={**os.environ, "CHROME_PATH": chromium}, timeout=300)
        if ran.returncode == 0:
            return dict(json.loads(report.read_text("utf-8")))
    raise SystemExit(f"Lighthouse could not judge {address}")


def _line(report: dict[str, Any]) -> dict[str, Any]:
    """Scores, the paints, the bytes, and the names of what failed."""
    scores = {name: round(100 * (report["categories"][name]["score"] or 0)) for name in MARKS}
    audits = report["audits"]
    failed = [name for name, audit in audits.items() if audit.get("score") == 0]
    return {
        **scores,
        "first-paint-ms": round(audits["first-contentful-paint"]["numericValue"]),
        "largest-paint-ms": round(audits["largest-contentful-paint"]["numericValue"]),
        "bytes": round(audits["total-byte-weight"]["numericValue"]),
        "failed": failed,
    }


def _in_the_middle(address: str, folder: Path, cookie: str, runs: int) -> dict[str, Any]:
    """The run whose performance is the median."""
    lines = [_line(_judge(address, folder, cookie)) for _run in range(runs)]
    return sorted(lines, key=lambda line: int(line["performance"]))[runs // 2]


def main() -> int:
    """Judge every page; print one line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--letter", help="code of a letter, for the pages of a household")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", default="", help="a part of the addresses to judge")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    cookie = _by_letter(asked.base, asked.letter) if asked.letter else ""
    pages = [(page, "") for page in PAGES] + [(page, cookie) for page in OF_THE_HOUSEHOLD if cookie]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for page, with_cookie in pages:
            if asked.only not in page:
                continue
            line = found[page] = _in_the_middle(asked.base + page, Path(folder), with_cookie, asked.runs)
            if not asked.json:
                print(
                    " ".join(f"{line[name]:>4}" for name in MARKS),
                    f"{line['bytes']:>8,} B ",
                    page,
                    *line["failed"],
                )
    if asked.json:
        print(json.dumps(found, indent=2))
    below = [page for page, line in found.items() if any(line[name] < mark for name, mark in MARKS.items())]
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
