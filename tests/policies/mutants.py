"""Small changes of a module of ours, one at a time: what its tests must notice.

Comparisons and connectives are turned, one condition of several is left out, what guards,
records or refuses is taken away, answers and codes are others. What people read (sentences,
messages for operators) and types are left alone: they decide nothing.
"""

import ast
import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"[a-z_]+|[A-Z]+(-[A-Z]+)+")
TURNED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Lt: ast.LtE, ast.LtE: ast.Lt,
    ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.And: ast.Or, ast.Or: ast.And,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
SWAPPED = {"any": "all", "all": "any", "min": "max", "max": "min"}
Functions = ast.FunctionDef | ast.AsyncFunctionDef
Change = Callable[[], None]
Put = Callable[[ast.AST], None]
Told = tuple[Change, str]


@dataclass(frozen=True)
class Mutant:
    """One change: the `number`-th of its module, in a function or a constant, on some lines."""

    module: str
    number: int
    where: str
    lines: range
    words: str

    @property
    def name(self) -> str:
        """What it is called wherever it stands: no line in it, which any edit would move."""
        return f"{self.module} {self.where}: {self.words}"


def path_of(module: str) -> Path:
    """The file of a module of ours."""
    return ROOT / f"{module.replace('.', '/')}.py"


def mutants_of(module: str) -> list[Mutant]:
    """Every small change of a module, in the order of its text."""
    return [
        Mutant(module, number, where, lines, words)
        for number, (_, where, lines, words) in enumerate(_changes(_tree(module)))
    ]


def tree_of(mutant: Mutant) -> ast.Module:
    """The module's tree with this one thing changed."""
    tree = _tree(mutant.module)
    for number, (change, *_) in enumerate(_changes(tree)):
        if number == mutant.number:
            change()
            return ast.fix_missing_locations(tree)
    raise LookupError(mutant.name)


def _tree(module: str) -> ast.Module:
    return copy.deepcopy(_parsed(module))


@cache
def _parsed(module: str) -> ast.Module:
    return ast.parse(path_of(module).read_text("utf-8"))


# ---------------------------------------------------------------- the model


MODEL = "policies.model"
_EFFECT = "some(where (p.eft == allow)) && !some(where (p.eft == deny))"
_OTHER_EFFECTS = (
    "some(where (p.eft == allow))",
    "!some(where (p.eft == deny))",
    "priority(p.eft) || deny",
)
_IN_MATCHER = re.compile(r'==|!=|<=|<|&&|\|\||"[a-z_]+"')
_TURNED_IN_MATCHER = {"==": "!=", "!=": "==", "<=": "<", "<": "<=", "&&": "||", "||": "&&"}


def mutants_of_model(text: str) -> list[tuple[Mutant, str]]:
    """Every small change of the model's effect and matcher, with the text that it makes."""
    found = [(f"effect {other}", text.replace(_EFFECT, other)) for other in _OTHER_EFFECTS]
    start = text.index("m = ")
    for part in _IN_MATCHER.finditer(text, start):
        new = _TURNED_IN_MATCHER.get(part.group(), '"other"')
        around = (
            f"{text[part.start() - 16 : part.start()]}[{part.group()}]{text[part.end() :][:14]}"
        )
        found.append((f"{around!r}", text[: part.start()] + new + text[part.end() :]))
    return [
        (Mutant(MODEL, number, "model.conf", range(0), words), changed)
        for number, (words, changed) in enumerate(found)
    ]


# ---------------------------------------------------------------- where


def _changes(tree: ast.Module) -> Iterator[tuple[Change, str, range, str]]:
    for one in tree.body:
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
            for node, put in _walk(one.value, _setter(one, "value")):
                for change, words in (*_of_expression(node, put), *_of_row(node)):
                    yield change, one.targets[0].id, _lines(one), words
        elif isinstance(one, Functions):
            yield from _of_function(one, one.name)
        elif isinstance(one, ast.ClassDef):
            for part in one.body:
                if isinstance(part, Functions):
                    yield from _of_function(part, f"{one.name}.{part.name}")


def _of_function(function: Functions, where: str) -> Iterator[tuple[Change, str, range, str]]:
    for within, body, place in _statements(function, function):
        statement = body[place]
        if _tells_operators(statement):
            continue
        for change, words in _of_statement(within, body, place):
            yield change, where, _lines(statement), words
        for name, value in ast.iter_fields(statement):
            if name in ("annotation", "returns", "decorator_list", "args", "exc", "msg"):
                continue
            for node, put in _parts(statement, name, value):
                for change, words in _of_expression(node, put):
                    yield change, where, _lines(statement, node), words


def _statements(
    node: ast.AST, within: Functions
) -> Iterator[tuple[Functions, list[ast.stmt], int]]:
    """Give every statement in a function, and in those within it, by the body it stands in."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        body = getattr(node, field, [])
        for place, one in enumerate(body if isinstance(body, list) else []):
            if isinstance(one, ast.stmt) and not _is_said(one):
                yield within, body, place
            yield from _statements(one, one if isinstance(one, Functions) else within)


def _parts(of: ast.AST, name: str, value: object) -> Iterator[tuple[ast.AST, Put]]:
    """Give every node of an expression that stands in a field, with how to put another there."""
    if isinstance(value, list):
        for place, one in enumerate(value):
            if isinstance(one, ast.expr | ast.comprehension | ast.keyword | ast.withitem):
                yield from _walk(one, _placer(value, place))
    elif isinstance(value, ast.expr):
        yield from _walk(value, _setter(of, name))


def _walk(node: ast.AST, put: Put) -> Iterator[tuple[ast.AST, Put]]:
    if isinstance(node, ast.JoinedStr):
        return  # words for people
    yield node, put
    for name, value in ast.iter_fields(node):
        yield from _parts(node, name, value)


def _setter(of: ast.AST, name: str) -> Put:
    return lambda new: setattr(of, name, new)


def _placer(of: list[ast.AST], place: int) -> Put:
    def put(new: ast.AST) -> None:
        of[place] = new

    return put


def _lines(statement: ast.stmt, node: ast.AST | None = None) -> range:
    """The lines that run when this does: all of a statement, or a part of one with a body."""
    found: ast.AST = statement
    if hasattr(statement, "body"):
        found = statement if node is None else getattr(node, "target", node)
    first = getattr(found, "lineno", statement.lineno)
    last = first if found is statement and hasattr(statement, "body") else found.end_lineno  # type: ignore[attr-defined]
    return range(first, last + 1)


def _is_said(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _tells_operators(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name in ("logger", "log")
    return False


# ---------------------------------------------------------------- what


def _of_statement(within: Functions, body: list[ast.stmt], place: int) -> Iterator[Told]:
    """Give what is left out whole, and the test of a branch turned round."""
    statement = body[place]
    is_left_out = isinstance(
        statement, ast.Raise | ast.AugAssign | ast.Delete | ast.Continue | ast.Break
    ) or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call | ast.Await))
    if isinstance(statement, ast.Return):
        is_left_out = body is not within.body
        yield from _of_answer(statement, within)
    if is_left_out:
        nothing = ast.copy_location(ast.Pass(), statement)
        yield (lambda: _placer(body, place)(nothing)), f"without `{_text(statement)}`"  # type: ignore[arg-type]
    if isinstance(statement, ast.AugAssign) and type(statement.op) in TURNED:
        turned = TURNED[type(statement.op)]()
        yield (lambda: setattr(statement, "op", turned)), f"`{_text(statement)}` turned"
    if isinstance(statement, ast.If | ast.While) and _is_plain(statement.test):
        yield _turn(statement.test, _setter(statement, "test"))


def _of_answer(statement: ast.Return, within: Functions) -> Iterator[Told]:
    """Give another answer of a function that says yes or no, or something or nothing."""
    returns = ast.unparse(within.returns) if within.returns else ""
    value = statement.value
    if value is None or isinstance(value, ast.Constant | ast.BoolOp | ast.Compare | ast.UnaryOp):
        return  # its parts are changed one by one
    others: list[bool | None] = [True, False] if returns == "bool" else []
    if returns.endswith("| None"):
        others = [None]
    for other in others:
        new = ast.Constant(other)
        yield (lambda new=new: setattr(statement, "value", new)), f"`{_text(statement)}` {other}"  # type: ignore[misc]


def _of_expression(node: ast.AST, put: Put) -> Iterator[Told]:
    match node:
        case ast.Compare() | ast.BoolOp() | ast.BinOp() | ast.UnaryOp():
            yield from _of_operation(node, put)
        case ast.IfExp(test=test) if _is_plain(test):
            yield _turn(test, _setter(node, "test"))
        case ast.comprehension(ifs=ifs):
            for place, one in enumerate(ifs):
                if _is_plain(one):
                    yield _turn(one, _placer(ifs, place))  # type: ignore[arg-type]
        case ast.Call(func=ast.Name(id=name) as func) if name in SWAPPED:
            yield (lambda: setattr(func, "id", SWAPPED[name])), f"`{_text(node)}` {SWAPPED[name]}"
        case ast.Constant(value=value):
            other = _other(value)
            if other is not None:
                yield (lambda: put(ast.Constant(other))), f"{value!r} as {other!r}"


def _of_operation(node: ast.expr, put: Put) -> Iterator[Told]:
    text = _text(node)
    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                turned = TURNED[type(op)]()
                words = f"`{text}` {type(turned).__name__}"
                yield (lambda place=place, turned=turned: _placer(ops, place)(turned)), words  # type: ignore[arg-type,misc]
        case ast.BoolOp() | ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            turned = TURNED[type(node.op)]()
            yield (lambda: setattr(node, "op", turned)), f"`{text}` {type(turned).__name__}"
            if isinstance(node, ast.BoolOp):
                yield from _of_conditions(node, put)
        case ast.BinOp(op=ast.Sub() | ast.Add(), left=left):
            yield (lambda: put(left)), f"`{text}` left alone"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield (lambda: put(operand)), f"`{text}` turned"


def _of_conditions(node: ast.BoolOp, put: Put) -> Iterator[Told]:
    """Give one of several conditions left out."""
    for one in node.values:
        kept = [other for other in node.values if other is not one]
        new = kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)
        yield (lambda new=new: put(new)), f"`{_text(node)}` without `{_text(one)}`"  # type: ignore[misc]


def _of_row(node: ast.AST) -> Iterator[Told]:
    """Give one of several things that stand in a row left out."""
    if isinstance(node, ast.Set | ast.Tuple | ast.List) and len(node.elts) > 1:
        row = node.elts
        for place, one in enumerate(row):
            yield (lambda place=place: row.pop(place)), f"without {_text(one)}"  # type: ignore[misc]


def _other(value: object) -> bool | int | str | None:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return "other" if isinstance(value, str) and CODE.fullmatch(value) else None


def _turn(test: ast.expr, put: Put) -> Told:
    turned = ast.copy_location(ast.UnaryOp(ast.Not(), test), test)
    return (lambda: put(turned)), f"not `{_text(test)}`"


def _is_plain(test: ast.expr) -> bool:
    """Whether no other change turns a test round."""
    return isinstance(test, ast.Name | ast.Attribute | ast.Call | ast.Await | ast.NamedExpr)


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:90]
