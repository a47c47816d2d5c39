r"""Conditions in Kibana's Lucene language: `process.name:/[nN][oO][dD][eE]\.[eE][xX][eE]/`.

It is Elasticsearch's `query_string`. A quoted text asks a `keyword` for this very value, and a
regex between slashes for the whole of it; both look at case, so that letters are spelled in both
where case is of no account. AND and OR have no order between them there, so each group stands in
parentheses; `NOT x` beside an OR is one too, or it would shut out what the others let in.
"""

from collections.abc import Iterable, Sequence

from tocsin import model
from tocsin.frame import whole
from tocsin.frozen import replace
from tocsin.lower.patterns import regexes_of
from tocsin.lucene import LUCENE, classed
from tocsin.model import Expr
from tocsin.passes.flatten import merge
from tocsin.passes.negation import push_not
from tocsin.regex import Regex, write
from tocsin.schema import FieldType
from tocsin.text import WIDTH, escape, indent, trailing

_TEXTUAL = frozenset({FieldType.TEXT, FieldType.PATH})
_QUOTED = {'"': '\\"', "\\": "\\\\"}
_IN_A_NAME = {character: f"\\{character}" for character in '\\+-!():^[]"{}~*?|&/ <>='}


def conjuncts(expr: Expr) -> list[list[str]]:
    """Write what EXPR wants, a block for each."""
    expr = merge(push_not(expr))
    operands = expr.operands if isinstance(expr, model.And) else (expr,)
    return [_block(each) for each in operands]


def _block(expr: Expr) -> list[str]:
    match expr:
        case model.And(operands):
            return _closed([_block(each) for each in operands], "AND")
        case model.Or(operands):
            return _closed([_alternative(each) for each in operands], "OR")
        case model.Not(operand):
            first, *others = _block(operand)
            return [f"NOT {first}", *others]
        case model.Always(value):
            return ["*:*" if value else "NOT *:*"]
        case model.AtLeast():
            raise AssertionError("`lower` writes it out")
        case _:
            return _test(expr)


def _alternative(expr: Expr) -> list[str]:
    block = _block(expr)
    if not block[0].startswith("NOT "):
        return block
    return [f"({block[0]})"] if len(block) == 1 else ["(", *indent(block), ")"]


def _closed(blocks: Sequence[Sequence[str]], word: str) -> list[str]:
    return ["(", *indent(trailing(blocks, word)), ")"]


# --- tests


def _test(test: model.Predicate) -> list[str]:
    match test:
        case model.Equals(field, values):
            if test.cased or field.name == "host.os.type" or not _has_letters(values.items):
                return _asked(field, map(quoted, values.items))
            return _asked(field, map(_regex, regexes_of(test), (False for _ in values.items)))
        case model.Matches(field, patterns, cased):
            return _asked(field, (_regex(each, cased) for each in patterns))
        case model.NumberIn(field, numbers):
            return _asked(field, (str(each) if each >= 0 else f'"{each}"' for each in numbers))
        case model.NumberIs(field, order, bound):
            return _asked(field, [_range(order, bound)])
        case model.NumberWithin(field, low, high):
            return _asked(field, [f"[{low} TO {high}]"])
        case model.IpIn(field, networks):
            return _asked(field, (quoted(_address(each)) for each in networks))
        case model.BoolIs(field, value):
            return _asked(field, ["true" if value else "false"])
        case model.Exists(field):
            # Of several values one may be empty and another not.
            return _asked(field, ["/.+/" if field.type in _TEXTUAL else "*"])
        case _:
            raise AssertionError(type(test).__name__)  # which `lower` never leaves


def _asked(field: model.Field, terms: Iterable[str]) -> list[str]:
    """Ask for one of TERMS, on one line where they fit."""
    listed = list(dict.fromkeys(terms))
    name = escape(field.name, _IN_A_NAME)
    if len(listed) == 1:
        return [f"{name}:{listed[0]}"]
    line = f"{name}:({' OR '.join(listed)})"
    if len(line) <= WIDTH:
        return [line]
    return [f"{name}:(", *indent(trailing([[each] for each in listed], "OR")), ")"]


def quoted(text: str) -> str:
    """Write a text as a whole value."""
    return f'"{escape(text, _QUOTED)}"'


def _has_letters(texts: Iterable[str]) -> bool:
    return any(character.isascii() and character.isalpha() for text in texts for character in text)


def _range(order: model.Ordering, bound: int) -> str:
    match order:
        case model.Ordering.LESS:
            return f"[* TO {bound}}}"
        case model.Ordering.AT_MOST:
            return f"[* TO {bound}]"
        case model.Ordering.MORE:
            return f"{{{bound} TO *]"
        case model.Ordering.AT_LEAST:
            return f"[{bound} TO *]"


def _address(network: model.IpNetwork) -> str:
    return str(network.network_address if network.num_addresses == 1 else network)


# --- regexes


def _regex(pattern: Regex, cased: bool) -> str:
    return f"/{regex_text(pattern, cased)}/"


def regex_text(pattern: Regex, cased: bool) -> str:
    r"""Print a regex for the whole value, as it stands between slashes.

    A slash in it has a backslash before it, which Lucene's regexes take for the slash. A backslash
    at the end would do the same to the slash that closes the regex, so it stands in a class.
    """
    dialect = replace(
        LUCENE,
        escape=_slashed,
        escape_in_class=lambda c: "\\/" if c == "/" else LUCENE.escape_in_class(c),
        text=None if cased else _both_cases,
    )
    text = write(whole(classed(pattern, cased=cased)), dialect)
    return text[:-2] + "[\\\\]" if text.endswith("\\\\") else text


def _slashed(character: str) -> str:
    return "\\/" if character == "/" else LUCENE.escape(character)


def _both_cases(text: str) -> str:
    return "".join(
        f"[{c.upper()}{c.lower()}]" if c.isascii() and c.isalpha() else _slashed(c) for c in text
    )
