"""Load from wrk, over loopback: addresses that are fetched again and again, or prepared requests sent once each."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_LUA = """
local function read(path)
  local file = io.open(path, "r"); local all = {}
  for line in file:lines() do all[#all + 1] = line end
  file:close(); return all
end
local number = 0
function setup(thread) thread:set("turn", number); number = number + 1 end
function init(args)
  mine = {}
  for place, line in ipairs(read("REQUESTS")) do
    if not ONCE or (place - 1) % THREADS == turn then mine[#mine + 1] = line end
  end
  at = 0
end
local function split(line)
  local parts = {}
  for part in (line .. "\\t"):gmatch("(.-)\\t") do parts[#parts + 1] = part end
  return parts
end
function request()
  at = at + 1
  if at > #mine then
    if ONCE then wrk.thread:stop(); at = #mine else at = 1 end
  end
  local one = split(mine[at])
  local headers = {}
  for n = 4, #one - 1, 2 do headers[one[n]] = one[n + 1] end
  return wrk.format(one[1], one[2], headers, one[3])
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\nRESULT {"requests": %d, "us": %d, "p50": %f, "p95": %f, "p99": %f, "wrong": %d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(95), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Request:
    """One request as wrk sends it; nothing of it may hold a tab or a line's end."""

    method: str
    path: str
    body: str = ""
    headers: Mapping[str, str] | None = None

    def line(self) -> str:
        parts = [self.method, self.path, self.body]
        for name, value in (self.headers or {}).items():
            parts += [name, value]
        return "\t".join(parts)


@dataclass(frozen=True)
class Speed:
    """What one run gave; times in milliseconds."""

    rate: float
    p50: float
    p95: float
    p99: float
    requests: int
    wrong: int


class NoLoad(Exception):
    """wrk is not here, or gave nothing."""


def run(base: str, requests: Iterable[Request], *, at_once: int, seconds: float, once: bool = False) -> Speed:
    """Send these: again and again, or each at most once."""
    program = shutil.which("wrk")
    if program is None:
        raise NoLoad("wrk is not installed (Debian: apt-get install wrk)")
    threads = min(2, at_once)
    with tempfile.TemporaryDirectory() as folder:
        lines, script = Path(folder, "requests"), Path(folder, "script.lua")
        lines.write_text("\n".join(one.line() for one in requests) + "\n")
        said = _LUA.replace("REQUESTS", str(lines)).replace("THREADS", str(threads))
        script.write_text(said.replace("ONCE", "true" if once else "false"))
        command = [
            program,
            f"-t{threads}",
            f"-c{at_once}",
            f"-d{max(1, round(seconds))}s",
            "--timeout",
            "30s",
        ]
        out = subprocess.run([*command, "-s", str(script), base], capture_output=True, text=True, check=False)
    for line in out.stdout.splitlines():
        if line.startswith("RESULT "):
            return _speed(json.loads(line.removeprefix("RESULT ")))
    raise NoLoad(out.stdout + out.stderr)


def _speed(told: dict[str, float]) -> Speed:
    return Speed(
        told["requests"] / (told["us"] / 1e6),
        told["p50"] / 1000,
        told["p95"] / 1000,
        told["p99"] / 1000,
        int(told["requests"]),
        int(told["wrong"]),
    )
