"""Rules in colour: by the parser's own words, and without a character lost."""

from pathlib import Path

import pytest
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import Comment, Keyword, Name, Number, String, Token, _TokenType

from tocsin.highlight import TocsinLexer

ROOT = Path(__file__).parent.parent
RULES = sorted(
    path for folder in ("rules", "tests/golden") for path in ROOT.glob(f"{folder}/**/*.rule")
)


def coloured(text: str) -> dict[str, _TokenType]:
    """Return what is written, with its colour; what is twice has that of the last."""
    return {value: kind for kind, value in TocsinLexer().get_tokens(text)}


def test_pygments_finds_it_by_name_and_by_suffix() -> None:
    assert isinstance(get_lexer_by_name("tocsin"), TocsinLexer)
    assert isinstance(get_lexer_for_filename("node.rule"), TocsinLexer)


def test_each_kind_of_word_has_its_colour() -> None:
    found = coloured("detect process.start where f(process.pid) // why\n  is \"a\" or 'b' == 4")

    assert found["detect"] is found["is"] is Keyword
    assert found["process.pid"] is Name.Attribute
    assert found["f"] is Name
    assert found["// why"] is Comment.Single
    assert found['"a"'] is found["'b'"] is String
    assert found["4"] is Number


@pytest.mark.parametrize("text", ["…", "a ~ b", '"open', "'", "/* open", "$\x00{", "12ab", "🙂 é"])
def test_what_is_no_rule_is_left_as_it_is(text: str) -> None:
    tokens = list(TocsinLexer().get_tokens_unprocessed(text))

    assert "".join(value for _, _, value in tokens) == text
    assert all(kind is not Token.Error for _, kind, _ in tokens)


def test_no_character_is_lost() -> None:
    for path in RULES:
        text = path.read_text(encoding="utf-8", errors="replace")
        tokens = list(TocsinLexer().get_tokens_unprocessed(text))
        assert "".join(value for _, _, value in tokens) == text, path
        assert all(text.startswith(value, place) for place, _, value in tokens), path
