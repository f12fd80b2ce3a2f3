"""Mutation testing of the rules: `python scripts/mutate.py` changes one thing at a time and asks the tests.

For every mutant of a module of `deliberate/domain` a forked process imports the changed module and runs the
tests of the domain that name it. A mutant that no test notices survives and is printed. Own code, because kept
tools change only the bodies of functions: thresholds, sets of standings and lists of fields are rules as well.
Texts for people, docstrings and annotations are left alone. Exit 1 when one survives that isn't listed in
`EQUIVALENT` below with the reason why nobody can tell it from the original.
"""

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import os
import resource
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
DOMAIN = ROOT / "deliberate" / "domain"
TESTS = ROOT / "tests" / "domain"
USUAL = ("tally", "rules", "gate", "consent", "ledger/merkle", "ledger/leaf", "ledger/note")
TIMEOUT = 60
"""Seconds of processor, after which a change that runs for ever is found: on a busy machine the clock says nothing."""
MEMORY = 2 << 30
"""Bytes of address space: a change that grows for ever is found before it takes the machine's memory."""
QUIETLY = ["-x", "-q", "--noconftest", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "filterwarnings="]

EQUIVALENT: dict[str, dict[str, str]] = {
    "tally": {
        "'0' -> '0x'": "digits hold no x to strip",
        "'.' -> '.x'": "digits hold no x to strip",
    },
    "ledger/merkle": {
        "~self.size & self.size + 1 -> ~self.size | self.size + 1": "-n | n is as long in bits as -n & n",
    },
}
"""By module: the mutant's name (line left out) and why it is the same program."""

COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
RECKONED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


def variants(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What may stand in place of a node, each with a name."""
    if isinstance(node, ast.Compare):
        for n, op in enumerate(node.ops):
            for other in COMPARED[type(op)]:
                made = copy.deepcopy(node)
                made.ops[n] = other()
                yield f"{ast.unparse(node)} -> {ast.unparse(made)}", made
    elif isinstance(node, ast.BoolOp):
        made = copy.deepcopy(node)
        made.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"{ast.unparse(node)} -> {ast.unparse(made)}", made
    elif isinstance(node, ast.BinOp) and type(node.op) in RECKONED:
        made = copy.deepcopy(node)
        made.op = RECKONED[type(node.op)]()
        yield f"{ast.unparse(node)} -> {ast.unparse(made)}", made
    elif isinstance(node, ast.UnaryOp):
        yield f"{ast.unparse(node)} -> {ast.unparse(node.operand)}", node.operand
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.IfExp):
        yield f"{ast.unparse(node)}: always", node.body
        yield f"{ast.unparse(node)}: never", node.orelse
    elif isinstance(node, ast.Set | ast.Tuple | ast.List) and isinstance(
        getattr(node, "ctx", ast.Load()), ast.Load
    ):
        for n in range(len(node.elts)):
            made = copy.deepcopy(node)
            del made.elts[n]
            if made.elts or not isinstance(node, ast.Set):
                yield f"{ast.unparse(node)} without its {n}.", made
    elif isinstance(node, ast.comprehension):
        for n in range(len(node.ifs)):
            made = copy.deepcopy(node)
            del made.ifs[n]
            yield f"{ast.unparse(node)}: without its condition {n}", made
    elif isinstance(node, ast.stmt):
        yield from _statements(node)


def _constants(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    others: list[object] = []
    if isinstance(value, bool):
        others = [not value]
    elif isinstance(value, int):
        others = [value + 1, value - 1]
    elif isinstance(value, str):
        others = [value + "x"]
    elif isinstance(value, bytes):
        others = [value + b"x"]
    for other in others:
        yield f"{value!r} -> {other!r}", ast.Constant(other)


def _statements(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    first = ast.unparse(node).split("\n")[0]
    if isinstance(node, ast.If | ast.While):
        made = copy.deepcopy(node)
        made.test = ast.UnaryOp(ast.Not(), made.test)
        yield f"{first} -> not", made
    elif isinstance(node, ast.Return) and node.value is not None:
        yield f"{first} -> return None", ast.Return(ast.Constant(None))
    elif isinstance(node, ast.AugAssign | ast.Raise | ast.Expr | ast.Break | ast.Continue):
        yield f"without {first}", ast.Pass()


class Places(ast.NodeVisitor):
    """Every node that says a rule: no texts for people, docstrings, annotations, decorators or raised texts."""

    def __init__(self) -> None:
        self.found: list[tuple[ast.AST, str, int | None]] = []

    def generic_visit(self, node: ast.AST) -> None:
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "type_params", "bases"):
                continue
            for n, child in enumerate(value) if isinstance(value, list) else ((None, value),):
                if isinstance(child, ast.AST) and not _said(child):
                    self.found.append((node, name, n))
                    self.visit(child)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Removed as a whole (its parent lists it); its texts are for people."""


def _said(node: ast.AST) -> bool:
    """A text for people, an import, a docstring, a word to the test runner, a name for a type."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("N_", "TypeVar"):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__test__":
        return True
    if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith(("Callable[", "tuple[")):
        return True
    return isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom)


def mutants(source: str) -> Iterator[tuple[str, int, str]]:
    """Name, line and source of every mutant."""
    count = len(_places(ast.parse(source)))
    for at in range(count):
        tree = ast.parse(source)
        parent, name, n = _places(tree)[at]
        value = getattr(parent, name)
        node = value if n is None else value[n]
        for label, other in variants(node):
            if n is None:
                setattr(parent, name, other)
            else:
                value[n] = other
            yield label, getattr(node, "lineno", 0), ast.unparse(ast.fix_missing_locations(tree))


def _places(tree: ast.Module) -> list[tuple[ast.AST, str, int | None]]:
    places = Places()
    places.visit(tree)
    return places.found


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module in changed form to whoever imports it."""

    def __init__(self, name: str, source: str) -> None:
        self.name, self.source = name, source

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, self.name, "exec"), module.__dict__)


def survives(name: str, source: str, tests: list[str]) -> bool:
    """Whether the tests pass over the change; in a process of its own."""
    child = os.fork()
    if child == 0:
        with open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), 1)
            os.dup2(nothing.fileno(), 2)
        resource.setrlimit(resource.RLIMIT_CPU, (TIMEOUT, TIMEOUT))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        sys.meta_path.insert(0, Changed(name, source))
        os._exit(int(pytest.main([*tests, *QUIETLY])))
    _child, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def tests_of(module: str) -> list[str]:
    """The tests that name the module, its own first."""
    last = module.rsplit("/", 1)[-1]
    files = [
        p
        for p in sorted(TESTS.rglob("test_*.py"))
        if f"{last} import" in p.read_text() or f"import {last}" in p.read_text()
    ]
    return [str(path) for path in sorted(files, key=lambda path: not path.stem.endswith(f"_{last}"))]


def judge(module: str) -> tuple[int, int, list[str]]:
    """Mutants, those killed, and the names of those that live."""
    source = (DOMAIN / f"{module}.py").read_text()
    name = f"deliberate.domain.{module.replace('/', '.')}"
    tests = tests_of(module)
    if not tests:
        raise SystemExit(f"{module}: no test of the domain names it")
    if not survives(name, source, tests):
        raise SystemExit(f"{module}: the tests fail without any change ({tests})")
    known, living, number, same = EQUIVALENT.get(module, {}), [], 0, 0
    for label, line, changed in mutants(source):
        if label in known:
            same += 1
            continue
        number += 1
        if survives(name, changed, tests):
            living.append(label)
            print(f"  {module}.py:{line}: {label}", flush=True)
    print(f"{module}: {number - len(living)} of {number} mutants killed, {same} equivalent", flush=True)
    return number, number - len(living), living


def main() -> int:
    """Judge each module and print the score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("modules", nargs="*", default=[m for m in USUAL if (DOMAIN / f"{m}.py").exists()])
    chosen = parser.parse_args()
    os.chdir(ROOT)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # three quarters of a mutant's time
    sys.path.insert(0, str(ROOT))
    hypothesis.settings.register_profile(
        "mutants", deadline=None, max_examples=50, derandomize=True, database=None
    )
    hypothesis.settings.load_profile("mutants")
    scores = [judge(module) for module in chosen.modules]
    number, killed = sum(one[0] for one in scores), sum(one[1] for one in scores)
    print(f"{killed} of {number} mutants killed: {killed * 1000 // max(number, 1) / 10} %")
    return 0 if killed == number else 1


if __name__ == "__main__":
    sys.exit(main())
