r"""A command line as it is written, argument by argument, told by quotes and blanks.

Arguments are plain, a word or a text in quotes, perhaps behind `=`, or they are odd: with a quote
within a word, behind a backslash, or with anything glued to a closing one. Of a plain one the end
is known. After an odd one anything may be an argument: so every one that Windows makes is found
(docs/decisions/0012-argument-position.md).
"""

from tocsin.regex import ANY_RUN, Alt, End, OneOf, Regex, Repeat, Text, seq


def any_of(part: Regex) -> Regex:
    """Repeat PART, or leave it out."""
    return Repeat(part, 0, None)


def maybe(part: Regex) -> Regex:
    """Leave PART out, or not."""
    return Repeat(part, 0, 1)


def none_of(characters: str) -> OneOf:
    """Take one character that is none of CHARACTERS."""
    return OneOf(tuple((c, c) for c in characters), negated=True)


QUOTE, HYPHEN = Text('"'), Text("-")
QUOTES = any_of(QUOTE)
GAP = Repeat(OneOf(((" ", " "), ("\t", "\t"))), 1, None)
GAP_OR_END = Alt((GAP, End()))
BETWEEN = OneOf(tuple((c, c) for c in '\t "='))
NAME_END = Alt((BETWEEN, End()))

_WORD = any_of(none_of('\t "'))
_WORD_ = Repeat(none_of('\t "'), 1, None)
_TEXT = any_of(none_of('"'))
_QUOTED = seq(QUOTE, _TEXT, QUOTE)
_GOES_ON = Alt((Text('\\"'), seq(QUOTE, none_of("\t "))))  # where a text in quotes seems to end

# The program's own name, with the blanks behind it: in quotes, there may be none.
PROGRAM = Alt((seq(_QUOTED, maybe(GAP)), seq(none_of('\t "'), any_of(none_of("\t ")), GAP), GAP))
_ASSIGNED = maybe(seq(Text('="'), _TEXT, QUOTE))  # `--name="a b"` is plain, too
_SOME_TEXT = Repeat(none_of('"'), 1, None)
OPTION = Alt((seq(HYPHEN, _WORD_, _ASSIGNED), seq(QUOTE, HYPHEN, _SOME_TEXT, QUOTE)))
VALUE = Alt(
    (
        seq(none_of('-\t "'), _WORD, _ASSIGNED),
        seq(QUOTE, maybe(seq(none_of('-"'), _TEXT)), QUOTE),
    )
)
_NO_NAME = seq(maybe(HYPHEN), Text("="))
_WITHIN = seq(Alt((seq(_WORD, none_of('\t "=')), _NO_NAME)), QUOTE)
_ODD = seq(Alt((_WITHIN, seq(maybe(seq(_WORD, Text("="))), QUOTE, _TEXT, _GOES_ON))), ANY_RUN)
AFTER_ODD = maybe(seq(_ODD, OneOf(tuple((c, c) for c in '\t "'))))

# Some of an argument: from its beginning, from within quotes, from its first character on.
_MORE_IN_QUOTES = seq(_TEXT, maybe(seq(_GOES_ON, ANY_RUN)))
_MORE = seq(_WORD, maybe(seq(QUOTE, ANY_RUN)))
RUN = Alt((seq(QUOTE, _MORE_IN_QUOTES), _MORE))
VALUE_RUN = Alt(
    (
        seq(none_of('-\t "'), _MORE),
        seq(QUOTE, none_of('-"'), _MORE_IN_QUOTES),
        seq(Alt((Text('"\\"'), seq(Text('""'), none_of("\t ")))), ANY_RUN),
    )
)


def run_after(*head: Regex) -> Regex:
    """Take some of an argument that begins with HEAD, in quotes or not."""
    return Alt((seq(any_of(Text('""')), *head, RUN), seq(QUOTE, *head, _MORE_IN_QUOTES)))
