"""Rule files as nobody would write them: the same words with any blanks and comments between."""

import random
from collections.abc import Sequence

from tocsin.source import Source
from tocsin.syntax.concrete import Node, Part, concrete
from tocsin.syntax.grammar import parser

_BLANKS = (" ", "  ", "\t", "\n", "\r\n", " \n\t")
_EMPTY_LINES = ("\n\n", "\r\n\r\n\n", "\n \n")
_SIGNS = frozenset("()[]{},:")


def messed(text: str, seed: int, *, comments: float = 0.0, empty_lines: float = 0.0) -> str:
    """Write the words of TEXT anew; COMMENTS and EMPTY_LINES say how often one is between two."""
    dice = random.Random(seed)
    words = [str(token) for token in parser().scanner.scan(text, lambda token: token)]
    parts: list[str] = []
    for before, word in zip(["", *words], [*words, ""], strict=True):
        if dice.random() < comments:
            parts.append(_comment(dice, len(parts)))
        elif dice.random() < empty_lines:
            parts.append(dice.choice(_EMPTY_LINES))
        elif (word in _SIGNS or before in _SIGNS) and dice.random() < 0.5:
            pass
        else:
            parts.append(dice.choice(_BLANKS))
        parts.append(word)
    return "".join(parts)


def _comment(dice: random.Random, number: int) -> str:
    """Write a comment of its own, on its line or on another's, or over several."""
    comment = dice.choice(
        (
            f"// c{number}\n",
            f"\n// c{number}  \r\n",
            f"\n\n//c{number} /* \n\n",
            f"/* c{number} */",
            f"/*c{number}*/\n",
            f"\n/* c{number} // */",
            f"/* c{number}\n    * and d\r\n */",
            f"/* c{number}\n  and d */\n",
        )
    )
    return dice.choice((" ", "\t")) + comment + dice.choice(("", " ", "\n"))


def turned_over(text: str) -> str:
    """Write TEXT with the clauses of rules and the keys of `meta` from last to first, uncommented.

    Those of one kind, such as tests, keep their order.
    """
    return " ".join(_words(concrete(Source("a.rule", text))))


def _words(part: Part) -> list[str]:
    if not isinstance(part, Node):
        return [part.text]
    if part.rule not in ("rule", "meta"):
        return [word for each in part.parts for word in _words(each)]
    inside = [each for each in part.parts if isinstance(each, Node)]
    head = [each.text for each in part.parts if not isinstance(each, Node)]
    return [*head[:-1], *_turned_over(inside), head[-1]]


def _turned_over(parts: Sequence[Node]) -> list[str]:
    kinds = dict.fromkeys(_words(part)[0] for part in parts)
    ordered = (part for kind in reversed(kinds) for part in parts if _words(part)[0] == kind)
    return [word for part in ordered for word in _words(part)]
