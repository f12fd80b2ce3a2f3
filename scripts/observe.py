#!/usr/bin/env python3
"""For an observer: watch one community's ledger, and raise the alarm when it contradicts itself.

    python3 observe.py watch https://…/c/SLUG/ledger          poll until stopped
    python3 observe.py watch https://…/c/SLUG/ledger --once   poll once, as a timer would
    python3 observe.py new-key NAME FILE                      a key of one's own, to cosign with

Needs Python 3.8 or newer and nothing else: this file is all of it, and imports nothing of Deliberate. It keeps
the last signed head it saw. A head that is shorter, of another content at the same size, or that does not
contain all that was there before is an alarm: both signed heads are saved, and together they are the proof.

Exit 0 all is well · 1 alarm: rollback, split view, false signature · 2 misused · 3 not reached, late, or broken.

Formats: C2SP signed-note, tlog-checkpoint, tlog-cosignature (v1); RFC 8032 (Ed25519); RFC 9162 section 2.1.4.2.
"""

import argparse
import base64
import binascii
import hashlib
import json
import os
import secrets
import sys
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timezone

LOG, COSIGNER = 1, 4
"""Kinds of key in C2SP signed notes."""
MOST_BYTES = 1 << 20
LATE = 26 * 3600
"""A head is signed every day; two hours more for the way."""

SAID = {
    "first": (
        "第一次看到这个社区的记录:{size} 条。请把下面的核对码和楼下公示栏上的比对,一样才算数。",
        "First sight of this ledger: {size} records. Compare the characters below with the printed notice.",
    ),
    "same": ("没有新内容,核对无误:{size} 条。", "Nothing new, all is well: {size} records."),
    "grown": (
        "核对无误:从 {old} 条到 {size} 条,原来的一条没少、一条没改。",
        "All is well: from {old} to {size} records, nothing removed and nothing changed.",
    ),
    "characters": ("核对码 {code}", "characters {code}"),
    "key": ("签名公钥 {key}", "signed by {key}"),
    "cosigned": ("已经联署。", "Cosigned."),
    "late": (
        "注意:最新的签名已经超过一天({when})。请打社区电话询问。",
        "Mind: the newest head is more than a day old ({when}). Ask the community why.",
    ),
    "away": ("现在连不上:{why}", "Cannot be reached now: {why}"),
    "rollback": (
        "警报:记录变少了。以前签过 {old} 条,现在只给出 {size} 条。",
        "ALARM: the ledger shrank. {old} records were signed before, now {size} are shown.",
    ),
    "split": (
        "警报:同样是 {size} 条,内容却不一样。有人在给不同的人看不同的记录。",
        "ALARM: two different ledgers of {size} records. Different people are shown different ones.",
    ),
    "inconsistent": (
        "警报:现在的 {size} 条不包含以前签过的 {old} 条。以前的记录被改过,或者有两份不同的记录。",
        "ALARM: the {size} records shown now do not contain the {old} signed before. The past was changed, "
        "or there are two ledgers.",
    ),
    "false": (
        "警报:签名不对,或者不是原来的钥匙签的:{why}",
        "ALARM: not signed by the key that is known: {why}",
    ),
    "evidence": (
        "两份签过名的记录头已经存到 {file},这就是证据,请保存好并告诉其他观察员。",
        "Both signed heads are saved in {file}: they are the proof. Keep it and tell the other observers.",
    ),
}


class Alarm(Exception):
    """The ledger contradicts itself; what was seen goes with it."""


class Misused(Exception):
    """Asked for something that cannot be."""


class Away(Exception):
    """Nothing can be said now."""


def say(said, **values):
    """Both languages, one below the other; alarms go to standard error too."""
    for line in SAID[said]:
        print(line.format(**values), flush=True)


# Ed25519, RFC 8032 section 5.1: plain integers, no speed and no secrets to protect from the one who runs it.

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def _add(a, b):
    """Sum of two points in extended coordinates (section 5.1.4)."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    m, n, o, p = f - e, h - g, h + g, f + e
    return (m * n % P, o * p % P, n * o % P, m * p % P)


def _times(scalar, point):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _x_of(y, sign):
    """The x that goes with y, or None (section 5.1.3)."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def _point(data):
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = _x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _bytes_of(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = (_x_of(4 * pow(5, P - 2, P) % P, 0), 4 * pow(5, P - 2, P) % P)
BASE = (BASE[0], BASE[1], 1, BASE[0] * BASE[1] % P)


def _number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def _expanded(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    return scalar, digest[32:]


def public_of(seed):
    """The public key of a secret of 32 bytes."""
    return _bytes_of(_times(_expanded(seed)[0], BASE))


def sign(seed, message):
    """Section 5.1.6."""
    scalar, prefix = _expanded(seed)
    public = public_of(seed)
    r = _number(prefix, message) % Q
    first = _bytes_of(_times(r, BASE))
    return first + ((r + _number(first, public, message) * scalar) % Q).to_bytes(32, "little")


def verify(public, message, signature):
    """Section 5.1.7; whatever is malformed does not verify."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, first, s = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or first is None or s >= Q:
        return False
    left, right = _times(s, BASE), _add(first, _times(_number(signature[:32], public, message) % Q, key))
    return not (
        (left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P
    )


# RFC 9162, section 2.1.


def _node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def consistent(old, new, old_root, new_root, proof):
    """Whether the tree of size `new` begins with all of the tree of size `old` (section 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = _node(c, fr), _node(c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = _node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


# Signed notes.


def key_id(name, kind, public):
    """The first four bytes of SHA-256(name, newline, kind, key)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def shown_key(name, kind, public):
    """A key as people pass it on (C2SP verifier key)."""
    data = base64.b64encode(bytes([kind]) + public).decode()
    return f"{name}+{key_id(name, kind, public).hex()}+{data}"


def read_key(text):
    """Name and public key of a log's verifier key."""
    name, hint, data = text.strip().split("+", 2)
    raw = base64.b64decode(data, validate=True)
    if len(raw) != 33 or raw[0] != LOG or key_id(name, LOG, raw[1:]).hex() != hint:
        raise ValueError("not a verifier key of a log")
    return name, raw[1:]


class Head:
    """A checkpoint as it was received."""

    def __init__(self, note):
        self.note = note
        text, gap, signatures = note.rpartition("\n\n")
        lines = text.split("\n")
        if not gap or len(lines) < 3 or not note.endswith("\n"):
            raise ValueError("not a signed note")
        self.text = text + "\n"
        self.origin, size, root = lines[:3]
        if not size.isascii() or not size.isdigit() or str(int(size)) != size:
            raise ValueError("not a size")
        self.size, self.root = int(size), base64.b64decode(root, validate=True)
        if len(self.root) != 32:
            raise ValueError("not a root")
        self.facts = lines[3:]
        self.signatures = []
        for line in signatures.splitlines():
            dash, name, data = line.split(" ")
            if dash != "—":
                raise ValueError("not a signature")
            raw = base64.b64decode(data, validate=True)
            self.signatures.append((name, raw[:4], raw[4:]))

    def signed_by(self, name, public):
        """Whether that key signed; a false signature in its name spoils the note."""
        wanted = (name, key_id(name, LOG, public))
        mine = [signature for who, hint, signature in self.signatures if (who, hint) == wanted]
        return bool(mine) and all(verify(public, self.text.encode(), one) for one in mine)

    def code(self):
        """The characters printed on the notice."""
        letters = base64.b32encode(self.root).decode()[:20]
        return " ".join(letters[n : n + 4] for n in range(0, 20, 4))

    def age(self):
        """Seconds since it was made, if it tells."""
        for fact in self.facts:
            word, _, moment = fact.partition(" ")
            if word == "time":
                made = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)  # noqa: UP017
                return (datetime.now(timezone.utc) - made).total_seconds(), moment  # noqa: UP017
        return 0, ""


def read_head(text, origin, key):
    """A head of this ledger signed by its key, or an alarm."""
    try:
        head = Head(text)
    except (ValueError, binascii.Error) as error:
        raise Alarm("false", {"why": str(error)}, [text]) from error
    if origin and head.origin != origin:
        raise Alarm("false", {"why": f"{head.origin} ≠ {origin}"}, [text])
    if not head.signed_by(*key):
        raise Alarm("false", {"why": shown_key(key[0], LOG, key[1])}, [text])
    return head


# The wire.


def get(url):
    """Text at an address, or in a file."""
    if "://" not in url:
        with open(url, encoding="utf-8") as file:
            return file.read(MOST_BYTES)
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.read(MOST_BYTES).decode()
    except urllib.error.HTTPError as error:
        if error.code >= 500 or error.code == 429:
            raise Away(f"{url}: {error.code}") from error
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise Away(f"{url}: {error}") from error


def post(url, text):
    """Send text; what was answered."""
    data = text.encode()
    request = urllib.request.Request(url, data, {"Content-Type": "text/plain; charset=utf-8"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read(MOST_BYTES).decode()
    except OSError as error:
        raise Away(f"{url}: {error}") from error


def proof_between(base, old, new):
    """The hashes that the server offers as proof; nonsense is no proof."""
    question = urllib.parse.urlencode({"from": old, "to": new})
    try:
        answer = json.loads(get(f"{base}/consistency?{question}"))
        return [bytes.fromhex(one) for one in answer["proof"]]
    except (urllib.error.HTTPError, ValueError, KeyError, TypeError):
        return None


# Watching.


class Watch:
    """One ledger, and what is remembered of it."""

    def __init__(self, base, state, key=None):
        self.base, self.file = base.rstrip("/"), state
        self.seen = None
        self.key = read_key(key) if key else None
        if os.path.exists(state):
            with open(state, encoding="utf-8") as file:
                kept = json.load(file)
            known = read_key(kept["key"])
            if self.key and self.key != known:
                raise Misused(
                    f"{state} knows another key: {kept['key']}; for a new key begin with a new --state"
                )
            self.key, self.seen = known, Head(kept["note"])

    def poll(self, others=()):
        """One look at the server, and at copies of its heads that came another way."""
        first = self.seen is None
        if self.key is None:
            self.key = read_key(get(f"{self.base}/heads/key").splitlines()[0])
        head = read_head(get(f"{self.base}/heads/latest"), self.seen and self.seen.origin, self.key)
        if not first:
            self._follow(self.seen, head, latest=True)
        for other in others:
            also = read_head(get(other), head.origin, self.key)
            self._follow(*sorted((also, head), key=lambda one: one.size))
        old = self.seen
        self._keep(head)
        if first:
            say("first", size=head.size)
            say("key", key=shown_key(self.key[0], LOG, self.key[1]))
        elif old.size == head.size:
            say("same", size=head.size)
        else:
            say("grown", old=old.size, size=head.size)
        say("characters", code=head.code())
        return head

    def _follow(self, old, new, latest=False):
        """That `new` contains `old`."""
        seen = {"old": old.size, "size": new.size}
        if new.size < old.size:
            raise Alarm("rollback", seen, [old.note, new.note])
        if new.size == old.size:
            if new.root != old.root:
                raise Alarm("split", seen, [old.note, new.note])
            return
        if old.size == 0:
            return
        proof = proof_between(self.base, old.size, new.size)
        if proof is None or not consistent(old.size, new.size, old.root, new.root, proof):
            raise Alarm("inconsistent", seen, [old.note, new.note])

    def _keep(self, head):
        kept = {"key": shown_key(self.key[0], LOG, self.key[1]), "note": head.note}
        with open(self.file + ".new", "w", encoding="utf-8") as file:
            json.dump(kept, file, ensure_ascii=False, indent=1)
        os.replace(self.file + ".new", self.file)
        self.seen = head


def cosigned(head, key_file, now):
    """The head with a cosignature (C2SP tlog-cosignature v1) by the key in the file."""
    with open(key_file, encoding="utf-8") as file:
        own = json.load(file)
    seed, name = base64.b64decode(own["secret"]), own["name"]
    message = f"cosignature/v1\ntime {now}\n{head.text}".encode()
    raw = key_id(name, COSIGNER, public_of(seed)) + now.to_bytes(8, "big") + sign(seed, message)
    return f"{head.text}\n— {name} {base64.b64encode(raw).decode()}\n"


def new_key(name, path):
    """Make a key; its secret stays in the file, its public part is registered with the community."""
    if not name or "+" in name or any(character.isspace() for character in name):
        raise Misused("a name without spaces and without +")
    seed = secrets.token_bytes(32)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        json.dump({"name": name, "secret": base64.b64encode(seed).decode()}, file)
    print(shown_key(name, COSIGNER, public_of(seed)))


def look(watch, args):
    """One poll; the exit status it deserves."""
    try:
        head = watch.poll(args.also)
        if args.cosign:
            post(f"{watch.base}/cosign", cosigned(head, args.cosign, int(time.time())))
            say("cosigned")
    except Alarm as alarm:
        key, values, notes = alarm.args
        say(key, **values)
        file = f"{watch.file}.alarm-{int(time.time())}.txt"
        with open(file, "w", encoding="utf-8") as kept:
            kept.write("\n----\n".join(notes))
        say("evidence", file=file)
        return 1
    except (Away, OSError, ValueError) as error:
        say("away", why=error)
        return 3
    age, when = head.age()
    if age > LATE:
        say("late", when=when)
        return 3
    return 0


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    deeds = parser.add_subparsers(dest="deed", required=True)
    watch = deeds.add_parser("watch", help="poll a ledger")
    watch.add_argument("base", help="https://…/c/SLUG/ledger")
    watch.add_argument("--state", default="observed.json", help="what was seen last (default: observed.json)")
    watch.add_argument("--key", help="the log's verifier key, if it came another way than from the site")
    watch.add_argument("--once", action="store_true", help="poll once and leave")
    watch.add_argument("--every", type=int, default=600, help="seconds between polls (default: 600)")
    watch.add_argument(
        "--also", action="append", default=[], help="a copy of a head: a file, or a mirror's address"
    )
    watch.add_argument("--cosign", metavar="FILE", help="cosign with the key in FILE")
    make = deeds.add_parser("new-key", help="make a key to cosign with")
    make.add_argument("name")
    make.add_argument("file")
    args = parser.parse_args()
    if args.deed == "new-key":
        new_key(args.name, args.file)
        return 0
    one = Watch(args.base, args.state, args.key)
    while True:
        status = look(one, args)
        if args.once or status == 1:
            return status
        time.sleep(args.every)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Misused, FileExistsError, binascii.Error) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except Exception:  # a fault of this script must not pass for an alarm, which is exit 1
        traceback.print_exc()
        sys.exit(3)
