"""What of Bootstrap we carry is what our pages use: made by a script from the pinned package, never by hand."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "bootstrap_subset", ROOT / "scripts" / "bootstrap_subset.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_committed_is_what_the_script_makes(script: ModuleType) -> None:
    for source, target in script.SHEETS.items():
        kept = (script.STATIC / target).read_text("utf-8")
        assert kept == script.subset(source), "run scripts/bootstrap_subset.py"
        assert len(kept.encode()) < 20_000


def test_rules_of_used_classes_stay_and_others_go(script: ModuleType) -> None:
    css = ".btn,.modal{a:b}@media print{.btn:hover{c:d}.modal{e:f}}.modal .btn{g:h}p{i:j}:is(.btn,.x) a{k:l}"
    assert script.kept(css, {"btn"}).replace("\n", "") == ".btn{a:b}@media print{.btn:hover{c:d}}p{i:j}"
