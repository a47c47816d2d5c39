"""Files are scanned and parsed at full speed as lark would do both."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Token

from tocsin.source import Source
from tocsin.syntax.grammar import parser
from tocsin.syntax.recover import _Run, _tokens, _whole

RULES = Path(__file__).parent.parent.parent / "rules"
PIECES = st.sampled_from(
    (
        *("rule", "where", "is", "and", "process.name", "name", "not_a_keyword", "any", "of"),
        *("'", "''", '"', '"""', "\\", "\n", "\r\n", "\t", " ", "\f", "\u00a0", "é", "λ"),
        *("12", "-3", "30m", "5ms", "12x", "2025-11-12", "2025-11-1", "1..9", ".", ".."),
        *("==", "=", "!=", "!", "=~", "&&", "||", "|", "~", "<", "(", ")", "{", "}", "[", "]"),
        *(",", ":", ";", "#", "//", "/*", "*/", "/", "$", "%", "`"),
    )
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_a_text_is_taken_apart_as_lark_does(text: str) -> None:
    grammar, aside = parser(), list[Token]()

    def keep(token: Token) -> Token:
        aside.append(token)
        return token

    ours = grammar.scanner.scan(text, keep)

    found = [(token.type, str(token), token.start_pos, token.end_pos) for token in ours]
    lark = grammar.lark.lex(text)
    assert found == [(token.type, str(token), token.start_pos, token.end_pos) for token in lark]
    assert all(text.startswith(token, token.start_pos or 0) for token in aside)


@pytest.mark.parametrize("path", sorted(RULES.rglob("*.rule")), ids=lambda path: path.stem)
def test_a_file_without_an_error_is_parsed_as_with_every_care(path: Path) -> None:
    source, grammar = Source(path.name, path.read_text(encoding="utf-8")), parser()

    whole = _whole(grammar, _tokens(grammar, source))

    careful, found = _Run(grammar.lark, source, _tokens(grammar, source)).items()
    assert whole is not None
    assert (whole, []) == (careful, found)
