"""The process that sets pages: it never keeps anybody waiting for ever."""

from pathlib import Path

import pytest

from deliberate.pdf import NotSet, Setter
from deliberate.storage import Folder


def test_a_page_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(NotSet), Setter(Folder(tmp_path), longest=0.05) as setter:
        setter.set("<p>慢</p>")


def test_a_page_in_time_is_set(tmp_path: Path) -> None:
    with Setter(Folder(tmp_path)) as setter:
        assert setter.set("<p>行</p>").startswith(b"%PDF-")
