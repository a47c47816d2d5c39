"""The parser's steps without a look back: for files without an error, which nearly all are.

lark's own loop finds each callback by the hash of a rule, and calls one to hand a single child on.
Here both are settled once. Where a token does not fit, `recover` starts over with more care.
"""

from collections.abc import Callable, Iterable, Mapping

from lark import Lark, Token
from lark.grammar import Rule
from lark.parse_tree_builder import ExpandSingleChild
from lark.parsers.lalr_analysis import Shift

from tocsin.frozen import dataclass

Make = Callable[[list[object]], object]


@dataclass(frozen=True, slots=True, eq=False)
class _Reduce:
    """Take SIZE values for one, called NAME: what MAKE makes of them, or the only one as it is."""

    name: str
    size: int
    make: Make | None


# Of each state, what a kind of token leads to: another state, or what is to be done before. The
# names of what was made are kinds as well.
_Steps = Mapping[str, int | _Reduce]


@dataclass(frozen=True, slots=True, eq=False)
class Driver:
    """The tables of one parser, and the states in which a file starts and ends."""

    table: Mapping[int, _Steps]
    start: int
    end: int

    def parse(self, tokens: Iterable[Token]) -> object | None:
        """Make the value of a whole file, `$END` included; None if a token does not fit."""
        table = self.table
        states, values = [self.start], list[object]()
        for token in tokens:
            kind = token.type
            while isinstance(step := table[states[-1]].get(kind), _Reduce):
                size = step.size
                if step.make is not None:
                    # Of no values, `[-0:]` would be all.
                    taken = values[-size:] if size else []
                    if size:
                        del states[-size:], values[-size:]
                    values.append(step.make(taken))
                else:
                    del states[-1]
                to = table[states[-1]][step.name]
                assert isinstance(to, int)
                states.append(to)
                if to == self.end and kind == "$END":
                    return values[-1]
            if step is None:
                return None
            states.append(step)
            values.append(token)
        return None


def driver(lark: Lark, made: Callable[[Rule, Make], Make | None] | None = None) -> Driver:
    """Take the tables of a parser with an embedded transformer; MADE may say what else to make.

    Of a rule for which nothing is made the only value is handed on as it is.
    """
    made = made or _embedded
    conf = lark.parse_interactive().parser_state.parse_conf
    # Terminals may have callbacks too; the grammar gives them none.
    rules = ((rule, make) for rule, make in conf.callbacks.items() if isinstance(rule, Rule))
    reductions = {
        rule: _Reduce(rule.origin.name, len(rule.expansion), made(rule, make))
        for rule, make in rules
    }
    table = {
        state: {
            kind: to if action is Shift else reductions[to] for kind, (action, to) in steps.items()
        }
        for state, steps in conf.states.items()
    }
    return Driver(table, conf.start_state, conf.end_state)


def _embedded(rule: Rule, make: Make) -> Make | None:
    alone = len(rule.expansion) == 1 and isinstance(make, ExpandSingleChild)
    return None if alone else make
