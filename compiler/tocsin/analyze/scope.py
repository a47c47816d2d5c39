"""What each name means: the `let`s of a file and of the files it uses, resolved once."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from tocsin import tree
from tocsin.across import Named
from tocsin.diagnostics import Code, Diagnostic, Edit, Note, unknown
from tocsin.frozen import dataclass
from tocsin.modules import Module, Project
from tocsin.source import Span

# A chain of `let`s longer than this is no help to a reader, and would have to be followed deep.
MAX_CHAIN = 50

# Keywords as other languages write them, where the grammar takes them for names.
_FOREIGN = frozenset({"AND", "OR", "NOT", "TRUE", "FALSE", "True", "False"})

_T = TypeVar("_T", tree.Number, tree.Duration)

Value = tree.Text | tree.Number | tree.Duration | tree.Date | tree.Bool | tree.Range


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """A name, and the file in which its value is to be read."""

    let: tree.Let
    module: Module


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The names of one file. COMPLETE is false if some could not be read."""

    module: Module
    names: Mapping[str, Binding]
    complete: bool


@dataclasses.dataclass(slots=True)
class Names:
    """The scopes of all files, and what was found wrong while looking names up."""

    scopes: Mapping[Path, Scope]
    broken: frozenset[int] = frozenset()  # ids of bindings in a cycle
    found: list[Diagnostic] = dataclasses.field(default_factory=list)
    lists: dict[int, tuple[Value, ...]] = dataclasses.field(default_factory=dict)

    def scope(self, module: Module) -> Scope:
        """Return the scope of a file."""
        return self.scopes[module.path]

    def find(self, word: tree.Word, scope: Scope) -> Binding | None:
        """Look up a name; report it if no file in reach has it."""
        binding = scope.names.get(word.text)
        if binding is None and word.text in _FOREIGN:
            message, label = f"`{word.text}` is called `{word.text.lower()}` here", "a keyword"
            edit = Edit(word.span, word.text.lower())
            self.found.append(Diagnostic(Code.FOREIGN, message, word.span, label, edit=edit))
        elif binding is None and scope.complete:
            self.found.append(unknown(Code.UNKNOWN_NAME, "name", word.text, word.span, scope.names))
        return binding if binding and id(binding.let) not in self.broken else None

    def values(self, item: tree.Item, scope: Scope) -> tuple[tuple[Value, ...], str | None]:
        """Return the values of ITEM, lists spliced, and the name of the list if it is one."""
        if not isinstance(item, tree.Word):
            return (item,), None
        binding = self.find(item, scope)
        if binding is None:
            return (), None
        values = self._bound(binding, item)
        is_list = isinstance(binding.let.value, tree.ListOf | tree.ListFile)
        return values, item.text if is_list else None

    def _bound(self, binding: Binding, asked: tree.Word) -> tuple[Value, ...]:
        let = binding.let
        match let.value:
            case tree.ListFile():
                return binding.module.lists.get(let.name.text, ())
            case tree.ListOf(items):
                if id(let) not in self.lists:  # once: lists of lists may share parts
                    scope = self.scope(binding.module)
                    spliced = [value for item in items for value in self.values(item, scope)[0]]
                    unique = {_key(value): value for value in spliced}
                    self.lists[id(let)] = tuple(unique.values())
                return self.lists[id(let)]
            case tree.Text() | tree.Number() | tree.Duration() | tree.Date() | tree.Bool():
                return (let.value,)
            case tree.Word() if let.parameter is None:
                return self.values(let.value, self.scope(binding.module))[0]
            case _:
                message = f"`{asked.text}` is a condition, not a value"
                self.found.append(
                    Diagnostic(
                        Code.WRONG_KIND, message, asked.span, "a value is needed here",
                        notes=(Note("it is a condition here", let.name.span),),
                    )
                )  # fmt: skip
                return ()

    def count(self, count: tree.Count, scope: Scope) -> int | None:
        """Return a number."""
        found = self._one(count, tree.Number, scope, "number", "3")
        return found.value if found else None

    def duration(self, length: tree.Duration | tree.Word, scope: Scope) -> int | None:
        """Return a length of time in milliseconds."""
        found = self._one(length, tree.Duration, scope, "length of time", "30m")
        return found.ms if found else None

    def _one(
        self, asked: _T | tree.Word, kind: type[_T], scope: Scope, what: str, example: str
    ) -> _T | None:
        """Return the one value of KIND that ASKED is, or is a name of."""
        if isinstance(asked, kind):
            return asked
        assert isinstance(asked, tree.Word)
        values, _ = self.values(asked, scope)
        if len(values) == 1 and isinstance(values[0], kind):
            return values[0]
        if values:
            message = f"`{asked.text}` is no {what}"
            self.found.append(
                Diagnostic(Code.WRONG_KIND, message, asked.span, f"such as `{example}`")
            )
        return None


def _key(value: Value) -> tuple[str, object]:
    match value:
        case tree.Range():
            return ("Range", (value.low, value.high))
        case tree.Duration():
            return ("Duration", value.ms)
        case _:
            return (type(value).__name__, value.value)


def names_of(project: Project) -> Names:
    """Build the scope of every file; report what clashes or goes round."""
    found: list[Diagnostic] = []
    scopes = {path: _scope(module, project, found) for path, module in project.modules.items()}
    broken = frozenset(_cycles(scopes, found))
    return Names(scopes, broken, found)


def _scope(module: Module, project: Project, found: list[Diagnostic]) -> Scope:
    names: dict[str, Binding] = {}
    own = Counter[str]()
    written = sum(isinstance(item, tree.Use) for item in module.file.items)
    complete = module.file.whole and written == len(module.uses)
    for use, path in module.uses:
        used = project.modules.get(path)
        if used is module:
            message, span = "the file uses itself", use.path.span
            found.append(Diagnostic(Code.CYCLE, message, span, "its own names are in reach"))
            continue
        complete = complete and used is not None and used.file.whole
        for let in _lets(used) if used else ():
            other = names.setdefault(let.name.text, Binding(let, used or module))
            if other.let is not let and other.module is not used:
                found.append(_twice(Code.DUPLICATE_NAME, let.name.text, use.path.span, other))
    for let in _lets(module):
        if isinstance(let.value, tree.ListOf) and not let.value.items:
            message, span = "an empty list", let.value.span
            found.append(Diagnostic(Code.EMPTY_NEEDLE, message, span, "nothing is in it"))
        name, own[let.name.text] = let.name.text, own[let.name.text] + 1
        if name in names:
            code = Code.DUPLICATE_NAME if own[name] > 1 else Code.SHADOWED
            found.append(_twice(code, name, let.name.span, names[name]))
        else:
            names[name] = Binding(let, module)
    return Scope(module, names, complete)


def _lets(module: Module) -> list[tree.Let]:
    return [item for item in module.file.items if isinstance(item, tree.Let)]


def _twice(code: Code, name: str, span: Span, other: Binding) -> Diagnostic:
    hides = code is Code.SHADOWED
    verb = "hides a name from a used file" if hides else "is defined twice"
    label = "the same name"
    hint = f"another name, or `{name}` of the used file" if hides else None
    note = Note("the other one is here", other.let.name.span)
    return Diagnostic(code, f"`{name}` {verb}", span, label, hint, notes=(note,))


# --- what a `let` refers to


def _references(let: tree.Let) -> Iterator[tree.Word]:
    value = let.value
    if isinstance(value, tree.ListOf):
        yield from (item for item in value.items if isinstance(item, tree.Word))
    elif not isinstance(
        value, tree.ListFile | tree.Text | tree.Number | tree.Duration | tree.Date | tree.Bool
    ):
        yield from names_in(value)


def names_in(expr: tree.Expr) -> Iterator[tree.Word]:
    """Yield every name that a condition may refer to."""
    pending: list[tree.Expr] = [expr]
    while pending:
        node = pending.pop()
        match node:
            case tree.Word():
                yield node
            case tree.Call():
                yield node.name
            case tree.In():
                yield from (item for item in node.items if isinstance(item, tree.Word))
            case tree.TextTest():
                yield from (item for item in node.needles if isinstance(item, tree.Word))
            case (
                tree.Is(operand=tree.FieldRef() as ref)
                | tree.Compare(operand=tree.FieldRef() as ref)
            ):
                yield tree.Word(ref.name, ref.span)
            case _:
                pending += tree.children(node)


def _cycles(scopes: Mapping[Path, Scope], found: list[Diagnostic]) -> Iterator[int]:
    """Find the `let`s that lead to themselves, or too far."""
    depth: dict[int, int] = {}  # 0 while a `let` is being followed
    for scope in scopes.values():
        for let in _lets(scope.module):
            yield from _follow(Binding(let, scope.module), scopes, depth, found)


def _follow(
    start: Binding, scopes: Mapping[Path, Scope], depth: dict[int, int], found: list[Diagnostic]
) -> Iterator[int]:
    if id(start.let) in depth:
        return
    depth[id(start.let)] = 0
    trail = [(start, _targets(start, scopes))]
    while trail:
        binding, targets = trail[-1]
        word, target = next(targets, (None, None))
        if word is None or target is None:
            trail.pop()
            height = 1 + max(
                (depth.get(id(to.let), 0) for _, to in _targets(binding, scopes)), default=0
            )
            depth[id(binding.let)] = height
            if height > MAX_CHAIN:
                yield id(binding.let)
            if height == MAX_CHAIN + 1:  # what leads there is too long by that alone
                message = f"`{binding.let.name.text}` goes through over {MAX_CHAIN} other names"
                hint = "names of names are hard to follow; some may be joined"
                place = binding.let.name.span
                found.append(Diagnostic(Code.TOO_DEEP, message, place, "too long a chain", hint))
        elif id(target.let) not in depth:
            depth[id(target.let)] = 0
            trail.append((target, _targets(target, scopes)))
        elif depth[id(target.let)] == 0:
            yield id(target.let)
            message = f"`{word.text}` is defined by itself"
            found.append(Diagnostic(Code.CYCLE, message, word.span, "leads back here"))


def _targets(binding: Binding, scopes: Mapping[Path, Scope]) -> Iterator[tuple[tree.Word, Binding]]:
    names = scopes[binding.module.path].names
    for word in _references(binding.let):
        parameter = binding.let.parameter
        if word.text in names and not (parameter and parameter.text == word.text):
            yield word, names[word.text]


# --- what is named for others, and what is used of them


def named(module: Module, names: Names) -> Iterator[Named]:
    """Yield the names that MODULE gives; one that another has taken is no name of its own."""
    for let in _lets(module):
        first = names.scope(module).names.get(let.name.text)
        if first and first.let is let:
            yield Named(let.name.text, let.name.span)


def used(module: Module, names: Names) -> Iterator[Span]:
    """Yield the place of each `let` that MODULE speaks of, its own among them."""
    scope = names.scope(module)
    for word in _words(module):
        if word.text in scope.names:
            yield scope.names[word.text].let.name.span


def _words(module: Module) -> Iterator[tree.Word]:
    for item in module.file.items:
        if isinstance(item, tree.Let):
            yield from _references(item)
        if isinstance(item, tree.Rule):
            for clause in item.clauses:
                yield from _clause_words(clause)


def _clause_words(clause: tree.Clause) -> Iterator[tree.Word]:
    for condition in tree.conditions(clause):
        yield from names_in(condition)
    yield from (each for each in _quantities(clause) if isinstance(each, tree.Word))


def _quantities(clause: tree.Clause) -> Iterator[object]:
    """Yield the lengths of time and the numbers of CLAUSE, which a `let` may name."""
    match clause:
        case tree.Schedule(every=every, over=over):
            yield from (every, over)
        case tree.Summarize(every=every, sliding=sliding, having=having):
            yield from (every, sliding)
            yield from (each.bound for each in tree.thresholds(having))
        case tree.DetectSequence(within=within, steps=steps):
            yield from (within, *(step.repeats for step in steps))
        case tree.FirstSeen(within=within):
            yield within
        case _:
            pass
