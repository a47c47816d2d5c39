"""Templates to text. The only module that knows jinja2."""

from pathlib import Path

from jinja2 import Environment, StrictUndefined

_FOLDER = Path(__file__).parent.parent / "data" / "templates"


def filled(template: str, /, **values: object) -> str:
    """Fill a TEMPLATE with VALUES. Its marks are brackets: workflows and rules have braces."""
    # No HTML: what a value may hold is seen to by the caller.
    environment = Environment(  # noqa: S701
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    text = (_FOLDER / template).read_text(encoding="utf-8")
    return environment.from_string(text).render(values)
