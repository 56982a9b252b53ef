"""What can be wrong in a line of code, and a draw of such faults by a seed.

Only faults that are rarely equivalent to the original are planted: signs, products, comparisons the
wrong way round, ``min`` for ``max``, ``and`` for ``or``, other numbers. Strict for non-strict
comparisons are not, as on real numbers they hardly ever differ.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

OPERATORS: Final = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
NAMES: Final = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum"}
SKIPPED: Final = (ast.Raise, ast.Assert, ast.JoinedStr, ast.arguments)
"""Refusals, messages, annotations and defaults are neither scoring nor masking."""


@dataclass(frozen=True)
class Fault:
    """One changed place.

    Attributes:
        path: The file, relative to the checkout.
        line: Where, from 1.
        before: The expression as it is.
        after: The expression with the fault.
        source: The whole file with the fault.
    """

    path: Path
    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before}  ->  {self.after}"


def expressions(node: ast.AST, inside: bool = False) -> Iterator[ast.expr]:
    """Expressions in bodies of functions that a fault can be planted in, in order of source."""
    if isinstance(node, SKIPPED):
        return
    if isinstance(node, ast.FunctionDef):
        if node.name.startswith(("fit", "__")):  # fitting is done once, its result is shipped
            return
        children: list[ast.AST] = list(node.body)
        inside = True
    elif isinstance(node, ast.AnnAssign):
        children = [node.value] if node.value else []
    else:
        children = list(ast.iter_child_nodes(node))
    if inside and isinstance(node, ast.expr) and changed(node) is not None:
        yield node
    for child in children:
        yield from expressions(child, inside)


def changed(node: ast.expr) -> ast.expr | None:
    """The expression with a fault in its outermost part; None if none is known for it."""
    twin = copy.deepcopy(node)
    if isinstance(twin, ast.BinOp | ast.BoolOp) and type(twin.op) in OPERATORS:
        twin.op = OPERATORS[type(twin.op)]()  # type: ignore[assignment]
    elif isinstance(twin, ast.Compare) and type(twin.ops[0]) in OPERATORS:
        twin.ops[0] = OPERATORS[type(twin.ops[0])]()  # type: ignore[assignment]
    elif isinstance(twin, ast.Call) and (name := NAMES.get(ast.unparse(twin.func).split(".")[-1])):
        if isinstance(twin.func, ast.Name):
            twin.func.id = name
        elif isinstance(twin.func, ast.Attribute):
            twin.func.attr = name
    elif isinstance(twin, ast.Constant) and type(twin.value) in (int, float):
        twin.value = 2 * twin.value + 1
    else:
        return None
    return twin


def planted(path: Path, source: str, number: int) -> Fault:
    """The fault in the expression of this number of a file."""
    tree = ast.parse(source)
    node = list(expressions(tree))[number]
    after = changed(node)
    assert after is not None
    before = ast.unparse(node)
    faulty = _Replaced(node, after).visit(tree)
    return Fault(path, node.lineno, before, ast.unparse(after), ast.unparse(faulty) + "\n")


class _Replaced(ast.NodeTransformer):
    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def draw(root: Path, files: tuple[str, ...], count: int, rng: np.random.Generator) -> list[Fault]:
    """Draws faults uniformly from all places of some files, without repetition."""
    places = [
        (path, number)
        for path in map(Path, files)
        for number in range(
            sum(1 for _ in expressions(ast.parse((root / path).read_text(encoding="utf-8"))))
        )
    ]
    chosen = rng.choice(len(places), size=count, replace=False)
    return [
        planted(path, (root / path).read_text(encoding="utf-8"), number)
        for path, number in (places[index] for index in chosen)
    ]
