"""Households that answer over HTTP until told to stop, each answer sent again until it is acknowledged."""

import http.client
import random
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlencode

ANSWERS = ("agree", "disagree", "abstain")
RECEIPT = re.compile(r"/receipt/(\d+)$")
AGAIN_ANYWAY = 0.1
"""How often an acknowledged answer is sent once more, as by a second tap."""


@dataclass(frozen=True)
class Voice:
    """One household: its cookie, the token of its forms, and where its answers go."""

    entry_id: int
    path: str
    cookie: str
    csrf_token: str
    plan_sha256: str


@dataclass
class Said:
    """One answer: acknowledged when the server named the record that it made."""

    entry_id: int
    answer: str
    request_id: str
    consent_id: int | None = None
    sent: int = 0


class WrongReceipt(AssertionError):
    """The same request was acknowledged as two records, or was refused."""


@dataclass
class Load:
    """Clients in threads; each has households of its own and sends one answer at a time."""

    port: int
    voices: list[Voice]
    clients: int
    said: list[Said] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for n in range(self.clients):
            mine = self.voices[n :: self.clients]
            self._threads.append(threading.Thread(target=self._answer, args=(n, mine), daemon=True))
            self._threads[-1].start()

    def finish(self, seconds: float = 60) -> None:
        """No new answers; those under way are sent until they are acknowledged."""
        self.stop.set()
        for thread in self._threads:
            thread.join(seconds)
        if any(thread.is_alive() for thread in self._threads):
            self.faults.append("a client could not finish")

    @property
    def acknowledged(self) -> int:
        return sum(one.consent_id is not None for one in list(self.said))

    @property
    def under_way(self) -> int:
        return sum(one.consent_id is None for one in list(self.said[-4 * self.clients :]))

    def _answer(self, number: int, voices: list[Voice]) -> None:
        chance = random.Random(number)
        while not self.stop.is_set():
            voice = chance.choice(voices)
            one = Said(voice.entry_id, chance.choice(ANSWERS), uuid.uuid4().hex)
            self.said.append(one)
            try:
                self._until_acknowledged(voice, one)
                if chance.random() < AGAIN_ANYWAY:
                    self._until_acknowledged(voice, one)
            except WrongReceipt as fault:
                self.faults.append(str(fault))
                return

    def _until_acknowledged(self, voice: Voice, one: Said) -> None:
        while True:
            one.sent += 1
            status, place = self._post(voice, one)
            found = RECEIPT.search(place)
            if status == 302 and found:
                if one.consent_id not in (None, int(found[1])):
                    raise WrongReceipt(f"{one.request_id} is record {one.consent_id} and {found[1]}")
                one.consent_id = int(found[1])
                return
            if 300 <= status < 500:
                raise WrongReceipt(f"{one.request_id} got {status} {place}")
            time.sleep(0.02)

    def _post(self, voice: Voice, one: Said) -> tuple[int, str]:
        """Status and Location; 0 when the connection broke."""
        body = urlencode(
            {
                "csrf_token": voice.csrf_token,
                "answer": one.answer,
                "plan_sha256": voice.plan_sha256,
                "request_id": one.request_id,
            }
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": voice.cookie}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", voice.path, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.getheader("Location") or ""
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()
