"""Rounds before their moderators, and what their pages say."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from flask.testing import FlaskClient

from deliberate.db import Transaction

Begin = Callable[[], AbstractContextManager[Transaction]]


def follow(client: FlaskClient, url: str, **data: object) -> str:
    answer = client.post(url, data=data, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def words(html: str) -> str:
    text = re.sub(r"<(head|svg|nav)\b.*?</\1>|<[^>]+>", "", html, flags=re.S)
    return re.sub(r"\s+", " ", text).strip()
