"""Rule files as nobody would write them: the same words with any blanks and comments between."""

import random

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
