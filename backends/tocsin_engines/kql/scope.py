"""What lowering carries along: columns, relations, the steps of SQL written so far, and names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tocsin_engines.kql.sql import Value
from tocsin_engines.kql.tables import Tables
from tocsin_engines.kql.tree import Node, unsupported


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its Kusto type, and its name in SQL, which no other column of the query has."""

    id: str
    type: str


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that a subquery runs for, one by one: the step that has them, and their number."""

    step: str
    number: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A step of SQL, and those of its columns that Kusto sees, in order.

    PLACE is the column that holds the place of a row's record, while rows are still records. ORDER
    is the column that a sort has numbered. PROJECTED: the query chose its columns. ROWS, within
    `mv-apply`: what the rows here are the subtables of.
    """

    step: str
    columns: Mapping[str, Column]
    place: str = ""
    order: str = ""
    projected: bool = False
    rows: Rows | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A function that is computed outside SQL, for each TEXT in the rows of STEP, if any."""

    function: str
    text: str
    step: str


@dataclass(slots=True)
class Steps:
    """The common table expressions, and what is needed of them.

    A step is text that is asked for last, when it is known which columns a later step uses: tables
    have sixty columns, and DuckDB takes its time for each.
    """

    tables: Tables
    texts: dict[str, Callable[[frozenset[str]], str]] = field(default_factory=dict)
    scans: dict[str, Relation] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    # What a column is made of that an earlier step has under another name.
    origins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)  # By the answers' parameter.
    windows: int = 0  # How many values are of another row than their own.
    clock: bool = False  # Whether the query asks for the time.
    count: int = 0

    def fresh(self) -> str:
        """Make a name that nothing has yet."""
        self.count += 1
        return f"c{self.count}"

    def add(self, text: Callable[[frozenset[str]], str] | str) -> str:
        """Add a step; return its name."""
        step = f"s{len(self.texts)}"
        self.texts[step] = (lambda _: text) if isinstance(text, str) else text
        return step

    def ask(self, function: str, text: str, step: str) -> str:
        """Add a question; return the parameter that will hold the answers."""
        parameter = f"q{len(self.questions)}"
        self.questions[parameter] = Question(function, text, step)
        return parameter

    def renamed(self, *ids: str) -> str:
        """Make a name for what earlier steps call IDS."""
        name = self.fresh()
        self.origins[name] = ids
        return name

    def use(self, column: Column) -> str:
        """Return a column's name, which is then kept through the steps."""
        self.used.add(column.id)
        return column.id

    def needed(self) -> frozenset[str]:
        """Return all names that are used, under each of their names."""
        found: set[str] = set()
        open_ = list(self.used)
        while open_:
            name = open_.pop()
            if name not in found:
                found.add(name)
                open_.extend(self.origins.get(name, ()))
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: the columns it sees, and what `let` has named.

    STEP has the columns. ORDER is the column that a sort has numbered, where an expression may ask
    for other rows. INPUT is what the operators of a subquery read.
    """

    steps: Steps
    relate: Callable[[Node, "Scope"], Relation]
    columns: Mapping[str, Column] = field(default_factory=dict)
    step: str = ""
    order: str = ""
    input: Relation | None = None
    variables: Mapping[str, Value | Relation] = field(default_factory=dict)

    def over(self, rows: Relation) -> "Scope":
        """Return the scope within the rows of a relation."""
        return replace(self, columns=rows.columns, step=rows.step, order="")

    def in_order(self, rows: Relation) -> "Scope":
        """Return the scope within the rows of a relation, and with those before and after them."""
        return replace(self.over(rows), order=rows.order)

    def column(self, node: Node) -> Value:
        """Read the column that a name stands for."""
        found = self.columns.get(node.name)
        if found is None:
            raise unsupported(node, f"the column {node.name}")
        return Value(self.steps.use(found), found.type)
