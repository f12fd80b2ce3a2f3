"""The letter's QR code in a real browser: its fragment fills the field and leaves the address."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from flask import Flask
from playwright.sync_api import Page

from deliberate.db import Database, Transaction
from tests import make

CODE = "K7QM2XR9WT4P"


def test_the_fragment_fills_the_field_and_opens_the_home(
    app: Flask, database: Database, live_server: Callable[..., str], page: Callable[..., Page]
) -> None:
    with database.transaction() as tx:
        home = make.households(tx.session, make.community(tx.session), 1)[0]
        make.letter(tx.session, home, CODE)
    address = live_server(app)
    tab = page(width=390)
    tab.goto(f"{address}/account/letter#{CODE}")
    assert tab.input_value("#code") == CODE
    assert CODE not in tab.url
    tab.click("form[action='/account/letter'] button")
    tab.wait_for_url(f"{address}/c/zhonghuaxiang/home/")


def test_without_the_script_the_code_is_typed(
    app: Flask,
    transaction: Callable[..., AbstractContextManager[Transaction]],
    live_server: Callable[..., str],
    page: Callable[..., Page],
) -> None:
    with transaction() as tx:
        home = make.households(tx.session, make.community(tx.session), 1)[0]
        make.letter(tx.session, home, CODE)
    address = live_server(app)
    tab = page(width=390, javascript=False)
    tab.goto(f"{address}/account/letter#{CODE}")
    tab.fill("#code", "k7qm 2xr9 wt4p")
    tab.click("form[action='/account/letter'] button")
    tab.wait_for_url(f"{address}/c/zhonghuaxiang/home/")
