"""The floor: a bare Flask application that does the same durable work in raw SQL, and nothing else.

No rights, no languages, no guards, no ledger's tree: what is left is the server, the framework and the disk. It
speaks to SQLite (WAL, `synchronous=FULL`, one connection per thread) or to PostgreSQL, by the same setting as ours.
"""

import hashlib
import json
import os
import sqlite3
import threading
from contextlib import nullcontext
from typing import Any

import psycopg
from flask import Flask, request
from flask.typing import ResponseReturnValue

from deliberate.one_writer import OneWriter

URL = os.environ.get("DELIBERATE_BENCH_FLOOR", ":memory:")
POSTGRES = URL.startswith("postgres")
MARK = "%s" if POSTGRES else "?"
BEGIN = "BEGIN" if POSTGRES else "BEGIN IMMEDIATE"
TABLES = """
CREATE TABLE answer (id NUMBER PRIMARY KEY, round integer NOT NULL,
  entry integer NOT NULL, answer text NOT NULL, request text NOT NULL UNIQUE, at text NOT NULL);
CREATE INDEX answer_entry ON answer (round, entry);
CREATE TABLE leaf (id NUMBER PRIMARY KEY, answer integer NOT NULL, leaf text,
  hash text UNIQUE, openings text);
CREATE TABLE standing (entry integer PRIMARY KEY, round integer NOT NULL, answer text NOT NULL);
CREATE TABLE journal (id NUMBER PRIMARY KEY, what text, about integer, at text);
CREATE TABLE tally (round integer NOT NULL, building integer NOT NULL, answered integer NOT NULL,
  PRIMARY KEY (round, building));
"""
BUILDINGS = 80


def tables(url: str) -> str:
    """As that store spells them."""
    return TABLES.replace("NUMBER", "bigserial" if url.startswith("postgres") else "integer")


SECRET_TEXT = json.dumps({f"field{n}": ["A" * 44, "value"] for n in range(16)})
_ADD = (
    f"INSERT INTO answer (round, entry, answer, request, at) VALUES ({MARK}, {MARK}, {MARK}, {MARK}, {MARK})"
)
_COUNT = f"UPDATE tally SET answered = answered + 1 WHERE round = {MARK} AND building = {MARK}"
_LEAF = f"INSERT INTO leaf (answer, leaf, hash, openings) VALUES ({MARK}, {MARK}, {MARK}, {MARK})"
_STAND = (
    f"INSERT INTO standing (entry, round, answer) VALUES ({MARK}, {MARK}, {MARK}) "
    "ON CONFLICT (entry) DO UPDATE SET answer = excluded.answer"
)
_NOTE = f"INSERT INTO journal (what, about, at) VALUES ({MARK}, {MARK}, {MARK})"
NOW = "2026-03-02 02:00:00"

app = Flask(__name__)
_here = threading.local()
_turn: Any = nullcontext() if POSTGRES else OneWriter(URL)
"""Writers to SQLite stand in line, as ours do: it only lets them try again and again."""


def connect(url: str = URL) -> Any:
    """As durable as ours: every commit is on the disk before the answer leaves."""
    if url.startswith("postgres"):
        return psycopg.connect(url, autocommit=True)
    made = sqlite3.connect(url, isolation_level=None, timeout=30)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        made.execute(f"PRAGMA {pragma}")
    return made


def connection() -> Any:
    """One per thread."""
    if not hasattr(_here, "connection"):
        _here.connection = connect()
    return _here.connection


def make(url: str) -> None:
    """Empty tables and a tally of 80 buildings."""
    db = connect(url)
    for statement in filter(str.strip, tables(url).split(";")):
        db.execute(statement)
    for building in range(BUILDINGS):
        db.execute(f"INSERT INTO tally VALUES (1, {building}, 0)")
    db.close()


@app.errorhandler(Exception)
def undo(_error: Exception) -> ResponseReturnValue:
    """wrk may send its last request twice; a transaction left open would keep everybody else from writing."""
    connection().rollback()
    return "", 500


@app.post("/answer/<int:entry>")
def answer(entry: int) -> ResponseReturnValue:
    """One durable insert, and the tally."""
    db, said = connection(), request.form
    with _turn:
        db.execute(BEGIN)
        db.execute(_ADD, (1, entry, said["answer"], said["request_id"], NOW))
        db.execute(_COUNT, (1, entry % BUILDINGS))
        db.execute("COMMIT")
    return "", 302, {"Location": f"/receipt/{entry}"}


@app.post("/same/<int:entry>")
def same(entry: int) -> ResponseReturnValue:
    """The rows that ours writes: record, standing, journal, leaf with what opens it, tally."""
    db, said = connection(), request.form
    text = (
        "".join(f"field {hashlib.sha256(str(n).encode()).hexdigest()}\n" for n in range(16))
        + said["request_id"]
    )
    with _turn:
        _write_all(db, entry, said, text)
    return "", 302, {"Location": f"/receipt/{entry}"}


def _write_all(db: Any, entry: int, said: Any, text: str) -> None:
    db.execute(BEGIN)
    db.execute(_ADD, (1, entry, said["answer"], said["request_id"], NOW))
    db.execute(_STAND, (entry, 1, said["answer"]))
    db.execute(_NOTE, ("consent_answer", entry, NOW))
    db.execute(_LEAF, (entry, text, hashlib.sha256(text.encode()).hexdigest(), SECRET_TEXT))
    db.execute(_COUNT, (1, entry % BUILDINGS))
    db.execute("COMMIT")


@app.post("/batch")
def batch() -> ResponseReturnValue:
    """Fifty durable inserts and their tally in one transaction."""
    db, sent = connection(), request.get_json()
    rows = [(1, one["entry"], one["answer"], one["request"], NOW) for one in sent["records"]]
    with _turn:
        db.execute(BEGIN)
        cursor = db.cursor()
        cursor.executemany(_ADD, rows)
        cursor.executemany(_COUNT, sorted((1, row[1] % BUILDINGS) for row in rows))
        db.execute("COMMIT")
    return {"results": [{"request": row[3], "state": "accepted"} for row in rows]}


@app.get("/tally")
def tally() -> ResponseReturnValue:
    """The running tally as JSON."""
    row = connection().execute("SELECT sum(answered), count(*) FROM tally WHERE round = 1").fetchone()
    return {"answered": row[0], "buildings": row[1]}
