"""A query to a plan: Microsoft's bound tree lowered to one statement of SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tocsin_engines.engine import Rejected
from tocsin_engines.kql import server
from tocsin_engines.kql.relations import relation
from tocsin_engines.kql.scalars import scalar
from tocsin_engines.kql.scope import Relation, Scope, Steps
from tocsin_engines.kql.sql import SQL_TYPES, quote, select
from tocsin_engines.kql.tables import Scan, tables
from tocsin_engines.kql.tree import Node, tree, unsupported


@dataclass(frozen=True, slots=True)
class Lookup:
    """A statement that asks for texts, and the function whose answers PARAMETER is to hold."""

    parameter: str
    function: str
    sql: str


@dataclass(frozen=True, slots=True)
class Plan:
    """SQL, its parameters, and how to read what it yields."""

    lookups: tuple[Lookup, ...]  # Each may need the answers of those before it.
    sql: str
    scans: Mapping[str, Scan]  # Parameter to what it holds, as JSON.
    clock: bool  # Whether the parameter `now` is asked for.
    place: bool  # Whether the first column is the place of a record.
    columns: tuple[tuple[str, str], ...]  # Name and type of the others; none if only places count.


def plan(query: str) -> Plan:
    """Parse, bind and lower a query; raise `Rejected` if the product or this engine refuses it."""
    try:
        answer = server.ask(query, tree=True)
    except TimeoutError as error:
        raise Rejected(str(error)) from error
    if answer["error"]:
        raise Rejected(answer["error"])
    for problem in answer["problems"]:
        if problem["severity"] == "Error":
            raise Rejected(f"{problem['code']} at offset {problem['start']}: {problem['message']}")
    try:
        return _lower(tree(answer["tree"]))
    except RecursionError as error:
        raise Rejected("not covered by this engine: a query nested so deep") from error


def _lower(block: Node) -> Plan:
    if block.kind != "QueryBlock" or block["Directives"].children:
        raise unsupported(block)
    steps = Steps(tables())
    scope = Scope(steps, relation)
    *lets, last = block.items("Statements") or (block,)
    for one in lets:
        scope = _let(one, scope)
    if last.kind != "ExpressionStatement":
        raise Rejected("the query yields no table")
    return _written(relation(last["Expression"], scope), steps)


def _let(node: Node, scope: Scope) -> Scope:
    """Give a name to a value or to a table."""
    if node.kind != "LetStatement":
        raise unsupported(node)
    expression = node["Expression"]
    lower = relation if expression.columns else scalar
    named = {node["Name"].name: lower(expression, scope)}
    return replace(scope, variables={**scope.variables, **named})


def _written(found: Relation, steps: Steps) -> Plan:
    """Write all steps, from the last to the first in what they need."""
    rows = found.projected or not found.place
    outputs = tuple(found.columns.items()) if rows else ()
    ids = [found.place] if found.place else []
    ids += [steps.use(column) for _, column in outputs]
    needed = steps.needed()
    scans = {
        f"t{place}": _scanned(name, one, needed)
        for place, (name, one) in enumerate(steps.scans.items())
    }
    texts = {name: _reading(name, scan) for name, scan in scans.items()}
    texts |= {name: text(needed) for name, text in steps.texts.items()}
    order = found.order or found.place
    by = ("ORDER BY", order) if order else ()
    return Plan(
        lookups=tuple(_lookup(parameter, texts, steps) for parameter in steps.questions),
        sql=_statement(texts, list(steps.questions), select(ids, found.step, *by), steps),
        scans=scans,
        clock=steps.clock,
        place=bool(found.place),
        columns=tuple((name, column.type) for name, column in outputs),
    )


def _lookup(parameter: str, texts: Mapping[str, str], steps: Steps) -> Lookup:
    """Ask for the texts in the rows of a step, which needs no step after it."""
    question, questions = steps.questions[parameter], list(steps.questions)
    end = list(texts).index(question.step) + 1 if question.step else 0
    # Tables are kept all, for each has its parameter.
    kept = {
        name: text
        for place, (name, text) in enumerate(texts.items())
        if place < end or name not in steps.texts
    }
    source = f" FROM {question.step}" if question.step else ""
    sql = f"SELECT DISTINCT {question.text}{source}"
    known = questions[: questions.index(parameter)]
    return Lookup(parameter, question.function, _statement(kept, known, sql, steps))


def _statement(texts: Mapping[str, str], known: list[str], sql: str, steps: Steps) -> str:
    """Put the steps before a query. What it is given must stand in it, used or not."""
    given = [f"${name}" for name in (["now"] if steps.clock else []) + known]
    tables = {"given": f"SELECT {', '.join(given)}"} if given else {}
    before = ", ".join(f"{name} AS ({text})" for name, text in (tables | dict(texts)).items())
    return f"WITH {before} {sql}" if before else sql


def _scanned(table: str, scan: Relation, needed: frozenset[str]) -> Scan:
    columns = {
        column.id: (name, column.type)
        for name, column in scan.columns.items()
        if column.id in needed
    }
    return Scan(table, columns, scan.place)


def _reading(parameter: str, scan: Scan) -> str:
    """Read a table's rows from JSON; a text that is left out is empty."""
    types = {scan.place: "BIGINT"}
    types |= {name: SQL_TYPES[kind] for name, (_, kind) in scan.columns.items()}
    shape = "[{" + ", ".join(f'"{name}": "{kind}"' for name, kind in types.items()) + "}]"
    texts = [scan.place]
    for name, (_, kind) in scan.columns.items():
        text = {"string": f"coalesce({name}, '')", "dynamic": f"dynamic({name})"}.get(kind, name)
        texts.append(f"{text} AS {name}")
    rows = f"unnest(from_json(${parameter}::JSON, {quote(shape)}), recursive := TRUE)"
    return select(texts, f"(SELECT {rows})")
