"""Letters of a whole community: printed in the background, sealed, fetched with a code shown once."""

import io
import re
import zipfile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from deliberate import pdf
from deliberate.commands import letter_printing
from deliberate.commands.letter_printing import Printer
from deliberate.db import Database
from deliberate.models import Household, JournalEntry, Letter, LetterJob, LetterPart
from deliberate.services import letter_jobs
from deliberate.services.sealing import WrongCode, public_key, seal, unseal
from deliberate.services.secrets import keyed_hash, normalise
from deliberate.storage import StorageAway
from tests import make
from tests.app import SignIn
from tests.make import CODE_KEY, Clock
from tests.paper.reading import read
from tests.web.people_town import BASE, Town

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


class Post:
    """A registrar who orders letters, and the worker that prints them."""

    def __init__(self, app: Flask, database: Database, sign_in: SignIn) -> None:
        self.town = Town(app, database, sign_in)
        self.app, self.store = app, database
        self.config = app.extensions["deliberate.config"]
        self.registrar: FlaskClient = self.town.registrar
        with database.transaction() as tx:
            make.households(tx.session, self.town.community, 3, building_name="9")

    def order(self) -> str:
        answer = self.registrar.post(f"{BASE}/paper/letters", data={"languages": "zh-Hans"})
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        groups = re.findall(r"<span>([0-9A-Z]{4})</span>", answer.text)
        assert len(groups) == 3
        return "-".join(groups)

    def work(self) -> list[str]:
        said: list[str] = []
        printer = Printer(self.store, self.config, said.append)
        while printer.turn():
            pass
        return said

    def fetch(self, code: str) -> bytes:
        return self.registrar.post(f"{BASE}/paper/letters/1/parts", data={"code": code}).data


@pytest.fixture
def post(app: Flask, database: Database, signed_in: SignIn) -> Post:
    return Post(app, database, signed_in)


def test_every_home_without_a_letter_gets_one_and_its_codes_are_nowhere_else(post: Post) -> None:
    code = post.order()
    said = post.work()
    packed = zipfile.ZipFile(io.BytesIO(post.fetch(code)))
    papers = [read(packed.read(name)) for name in packed.namelist()]
    codes = [found.group() for paper in papers for page in paper.pages if (found := CODE.search(page))]
    with post.store.reading() as session:
        hashes = set(session.scalars(select(Letter.code_hash).where(Letter.replaced_at.is_(None))))
        journal = str([entry.data for entry in session.scalars(select(JournalEntry))])
        job = session.scalars(select(LetterJob)).one()
        assert job.finished_at is not None
    assert len(codes) == len(set(codes)) == 4
    assert {keyed_hash(one, CODE_KEY) for one in codes} <= hashes
    read_back = {text for paper in papers for page in range(len(paper.pages)) for text in paper.codes(page)}
    assert {text.partition("#")[2] for text in read_back} == {normalise(one) for one in codes}
    kept = b"".join(path.read_bytes() for path in post.config.instance_dir.rglob("*.sealed"))
    for one in (*codes, code):
        for spelling in (one, normalise(one)):
            assert spelling not in journal + str(said)
            assert spelling.encode() not in kept


def _issue(post: Post) -> TestResponse:
    with post.store.reading() as session:
        home = session.scalars(
            select(Household.id).where(~Household.id.in_(select(Letter.household_id)))
        ).first()
    return post.registrar.post(
        f"{BASE}/roll/households/{home}/letters", data={"in": "zh-Hans,ug", "as": "pdf"}
    )


def test_one_letter_in_two_languages_as_pdf(post: Post) -> None:
    paper = read(_issue(post).data)
    assert len(paper.pages) == 1
    assert paper.in_order("致住户的一封信", "您家的代码", "发放日期")
    code = CODE.search(paper.text)
    assert code is not None
    assert {text.partition("#")[2] for text in paper.codes()} == {normalise(code.group())}
    assert re.search("[\u0600-\u06ff]", paper.text)


def test_a_code_that_is_shown_once_is_shown_where_no_pdf_can_be_set(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deliberate.pdf.available", lambda: False)
    page = _issue(post)
    assert page.status_code == 200
    assert CODE.search(page.text)


def test_another_code_opens_nothing_and_dropping_deletes_the_files(post: Post) -> None:
    post.order()
    post.work()
    refused = post.registrar.post(f"{BASE}/paper/letters/1/parts", data={"code": "0000-0000-0000"})
    assert refused.status_code == 422
    assert "取件码不对" in refused.text
    post.registrar.post(f"{BASE}/paper/letters/1/drop")
    assert not list(post.config.instance_dir.rglob("*.sealed"))


def test_letters_that_reached_no_paper_are_issued_anew(post: Post) -> None:
    code = post.order()
    with post.store.transaction() as tx:
        part = tx.session.scalars(select(LetterPart)).first()
        assert part is not None
        actor = make.actor(tx.session, post.town.staff)
        lost = letter_jobs.issue_part(tx.session, actor, part.id, CODE_KEY, now=tx.now)
    post.work()
    packed = zipfile.ZipFile(io.BytesIO(post.fetch(code)))
    text = "".join(read(packed.read(name)).text for name in packed.namelist())
    assert len(CODE.findall(text)) == 4
    assert lost
    for one in lost:
        assert one.code[:4] + "-" + one.code[4:8] + "-" + one.code[8:] not in text


def test_one_batch_at_a_time_and_nobody_is_forgotten_for_ever(post: Post, clock: Clock) -> None:
    post.order()
    again = post.registrar.post(f"{BASE}/paper/letters", data={"languages": "zh-Hans"})
    assert again.status_code == 409
    post.work()
    clock.forward(days=3, minutes=1)
    post.work()
    with post.store.reading() as session:
        assert session.scalars(select(LetterJob)).one().dropped_at is not None
    assert not (post.config.instance_dir / "letters" / "1").exists()


def test_a_building_that_cannot_be_set_holds_up_no_other_and_gets_no_second_letters(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said, spoilt = post.order(), list[str](), True
    real = letter_printing.letter_page

    def page(app: Flask, *about: object) -> str:
        first = spoilt and about[4][min(about[4])].building.name == "9"  # type: ignore[index]
        return "\0" if first else real(app, *about)  # type: ignore[arg-type]

    def setting(self: pdf.Setter, page: str) -> bytes:
        if page == "\0":
            raise pdf.NotSet("it could not")
        return b"set"

    monkeypatch.setattr(letter_printing, "letter_page", page)
    monkeypatch.setattr(pdf.Setter, "set", setting)
    printer = Printer(post.store, post.config, said.append)
    assert not printer.turn()
    assert "NotSet" in said[0]
    with post.store.reading() as session:
        waiting = list(session.scalars(select(LetterPart).where(LetterPart.kept_at.is_(None))))
        assert len(waiting) == 1 < len(session.scalars(select(LetterPart)).all())
        letters = len(session.scalars(select(Letter)).all())
    assert not printer.turn()
    assert len(said) == 2, "it is not tried again at once"
    for retry in printer._retries.values():
        assert 0 < retry.after - letter_printing.time.monotonic() <= letter_printing.FIRST_WAIT
        retry.after = 0
    spoilt = False
    assert not printer.turn()
    with post.store.reading() as session:
        assert session.scalars(select(LetterJob)).one().finished_at is not None
        assert len(session.scalars(select(Letter)).all()) == letters, "nobody's letter was replaced"
    assert len(zipfile.ZipFile(io.BytesIO(post.fetch(code))).namelist()) == 2


def test_parts_that_cannot_be_deleted_yet_are_not_forgotten(
    post: Post, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.order()
    post.work()
    clock.forward(days=3, minutes=1)

    def away(*_: object) -> None:
        raise StorageAway

    with monkeypatch.context() as broken:
        broken.setattr(letter_printing.letter_parts, "delete", away)
        assert "StorageAway" in post.work()[0]
    assert list(post.config.instance_dir.rglob("*.sealed"))
    post.work()
    assert not list(post.config.instance_dir.rglob("*.sealed"))


def test_a_sealed_file_opens_for_its_code_and_label_alone() -> None:
    sealed = seal(b"letters", public_key("K7QM-2XR9-WT4P", b"key"), "part 1")
    assert unseal(sealed, "k7qm2xr9wt4p", b"key", "part 1") == b"letters"
    for data, code, key, label in (
        (sealed, "K7QM-2XR9-WT4Q", b"key", "part 1"),
        (sealed, "K7QM-2XR9-WT4P", b"another", "part 1"),
        (sealed, "K7QM-2XR9-WT4P", b"key", "part 2"),
        (sealed[:-1], "K7QM-2XR9-WT4P", b"key", "part 1"),
        (b"", "K7QM-2XR9-WT4P", b"key", "part 1"),
    ):
        with pytest.raises(WrongCode):
            unseal(data, code, key, label)
