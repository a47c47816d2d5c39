"""`join` and `union`: columns of several tables, under new names."""

from collections.abc import Mapping

from tocsin_engines.kql.scope import Column, Relation, Scope
from tocsin_engines.kql.sql import SQL_TYPES, select
from tocsin_engines.kql.tree import Node, unsupported

_SEMI = {"leftsemi": "", "leftanti": "NOT ", "anti": "NOT ", "leftantisemi": "NOT "}
_OUTER = {"inner": "JOIN", "leftouter": "LEFT JOIN"}


def join(node: Node, left: Relation, right: Relation, scope: Scope) -> Relation:
    """Join on equal keys; null is equal to nothing. The default kind keeps any of equal rows."""
    kind = _kind(node)
    tests = " AND ".join(
        f"l.{scope.steps.use(one)} = r.{scope.steps.use(other)}"
        for one, other in _keys(node, left, right)
    )
    if kind in _SEMI:
        match = select(["1"], f"{right.step} AS r", "WHERE", tests)
        test = f"{_SEMI[kind]}EXISTS ({match})"
        step = scope.steps.add(select(["*"], f"{left.step} AS l", "WHERE", test))
        return Relation(step, left.columns, left.place, projected=left.projected)
    if kind not in _OUTER:
        raise unsupported(node, f"join kind={kind}")
    return _joined(node, left, right, scope, tests)


def union(node: Node, first: Relation | None, scope: Scope) -> Relation:
    """Put tables one after another; a column that one lacks is null there, a text empty."""
    for parameter in node["Parameters"].children:
        if parameter["Name"].name != "isfuzzy":
            raise unsupported(node, f"union {parameter['Name'].name}")
    branches = [scope.relate(one, scope) for one in node.items("Expressions")]
    branches = [first, *branches] if first else branches
    steps = scope.steps
    columns: dict[str, Column] = {}
    for name, kind in node.columns:
        same = [branch.columns[name] for branch in branches if name in branch.columns]
        if not same or any(column.type != kind for column in same):
            raise unsupported(node, f"a union with {name} of several types")
        columns[name] = Column(steps.renamed(*(column.id for column in same)), kind)
    places = all(branch.place for branch in branches)
    place = steps.fresh() if places else ""

    def text(needed: frozenset[str]) -> str:
        kept = {name: column for name, column in columns.items() if column.id in needed}
        return " UNION ALL ".join(_branch(branch, kept, place) for branch in branches)

    projected = any(branch.projected for branch in branches)
    return Relation(steps.add(text), columns, place=place, projected=projected)


def _kind(node: Node) -> str:
    kind = "innerunique"
    for parameter in node["Parameters"].children:
        name = parameter["Name"].name
        if name == "kind":
            kind = "".join(parameter["Expression"].words())
        elif not name.startswith("hint."):
            raise unsupported(node, f"join {name}")
    return kind


def _keys(node: Node, left: Relation, right: Relation) -> list[tuple[Column, Column]]:
    clause = node.find("ConditionClause")
    if clause is None or clause.kind != "JoinOnClause":
        raise unsupported(node, "a join without on")
    found: list[tuple[Column, Column]] = []
    pending = list(clause.items("Expressions"))
    while pending:
        one = pending.pop(0)
        match one.kind:
            case "AndExpression":
                pending = [one["Left"], one["Right"], *pending]
            case "ParenthesizedExpression":
                pending = [one["Expression"], *pending]
            case "NameReference":
                found.append((_column(one, one, left), _column(one, one, right)))
            case "EqualExpression":
                found.append(_equal(one, left, right))
            case _:
                raise unsupported(one, "such a condition of a join")
    if any(one.type != other.type or one.type == "dynamic" for one, other in found):
        raise unsupported(node, "keys of such types")
    return found


def _equal(node: Node, left: Relation, right: Relation) -> tuple[Column, Column]:
    sides: dict[str, Node] = {}
    for path in (node["Left"], node["Right"]):
        if path.kind == "PathExpression":
            sides[path["Expression"].name] = path["Selector"]
    if set(sides) != {"$left", "$right"}:
        raise unsupported(node, "such a condition of a join")
    one, other = sides["$left"], sides["$right"]
    return _column(node, one, left), _column(node, other, right)


def _column(node: Node, name: Node, relation: Relation) -> Column:
    found = relation.columns.get(name.name)
    if found is None:
        raise unsupported(node, f"the column {name.name}")
    return found


def _joined(node: Node, left: Relation, right: Relation, scope: Scope, tests: str) -> Relation:
    """All columns of both: the binder has given those of the right other names where need be."""
    steps, word = scope.steps, _OUTER[_kind(node)]
    names = [name for name, _ in node.columns]
    if names[: len(left.columns)] != list(left.columns):
        raise unsupported(node, "the columns of join")
    new = {
        name: Column(steps.renamed(column.id), column.type)
        for name, column in zip(names[len(left.columns) :], right.columns.values(), strict=True)
    }
    pairs = list(zip(new.values(), right.columns.values(), strict=True))

    def text(needed: frozenset[str]) -> str:
        texts = [_filled(f"r.{old.id}", one) for one, old in pairs if one.id in needed]
        tables = f"{left.step} AS l {word} {right.step} AS r ON {tests}"
        return select(["l.*", *texts], tables)

    return Relation(steps.add(text), {**left.columns, **new}, projected=True)


def _filled(text: str, column: Column) -> str:
    """Name a cell; a text is never null, on the empty side of an outer join neither."""
    filled = f"coalesce({text}, '')" if column.type == "string" else text
    return f"{filled} AS {column.id}"


def _branch(branch: Relation, columns: Mapping[str, Column], place: str) -> str:
    texts = [f"{branch.place} AS {place}"] if place else []
    for name, column in columns.items():
        own = branch.columns.get(name)
        nothing = "''" if column.type == "string" else f"NULL::{SQL_TYPES[column.type]}"
        texts.append(f"{own.id if own else nothing} AS {column.id}")
    return select(texts or ["1 AS nothing"], branch.step)
