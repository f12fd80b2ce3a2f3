"""A letter in hand, and browsers that hold it."""

from datetime import datetime
from itertools import count

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from deliberate.models import Account, Household, Letter

_number = count(1)


def letter(session: Session, home: Household, *, now: datetime, for_owner: bool = False) -> Letter:
    """A delivered letter of the household."""
    made = Letter(
        community_id=home.community_id,
        household_id=home.id,
        for_owner=for_owner,
        code_hash=f"{next(_number):064x}",
        issued_at=now,
        delivered_at=now,
        delivered_to="测试收件人",
    )
    session.add(made)
    session.flush()
    return made


def browser(app: Flask, account: Account | None = None, letter_id: int | None = None) -> FlaskClient:
    """A client that is signed in, holds a letter, both or neither."""
    client = app.test_client()
    with client.session_transaction() as session:
        if account is not None:
            session["_user_id"], session["_fresh"] = f"{account.id}.{account.epoch}", True
        if letter_id is not None:
            session["letter_id"] = letter_id
    return client
