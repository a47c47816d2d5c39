"""How a program reads its arguments: options with their values, then the first that is none.

A program is data, `data/programs/NAME.toml`: which options take a value, which have other names.
Nothing here asks what the process is called, which anybody may change.
"""

from collections.abc import Mapping, Sequence
from functools import cache

from tocsin.frozen import dataclass
from tocsin.schema import DATA, Part, Table, read_table

_PROGRAMS = DATA / "programs"
END = "--"  # what follows it is no option


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """What tells the options of a program from its other arguments."""

    name: str
    about: str
    values: frozenset[str]  # options whose value may be the next argument
    aliases: Mapping[str, str]  # another name of an option -> the name that is read
    underscores: bool  # whether `_` in a long option is `-`

    def canonical(self, name: str) -> str:
        """Return the one name of an option."""
        if self.underscores and name.startswith("--"):
            name = name.replace("_", "-")
        return self.aliases.get(name, name)

    def spellings(self, name: str) -> tuple[str, ...]:
        """Return the other names of the option NAME."""
        return tuple(alias for alias, meant in self.aliases.items() if meant == name)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a program makes of its arguments; SCRIPT is empty if every one is an option's."""

    options: tuple[str, ...]
    script: str

    def part(self, part: Part) -> tuple[str, ...]:
        """Return the values of a field that is PART of this."""
        match part:
            case Part.OPTIONS:
                return self.options
            case Part.SCRIPT:
                return (self.script,) if self.script else ()


def read(program: Program, args: Sequence[str]) -> Reading:
    """Read ARGS, the program's own name first, as PROGRAM does.

    An option that has a value is told twice: by its name, and with `=` and the value. The value is
    what follows `=`, or the next argument if it does not begin with a hyphen.
    """
    found: dict[str, None] = {}
    at = 1
    while at < len(args) and _is_option(args[at]):
        written, at = args[at], at + 1
        if written == END:
            break
        name, equals, value = _parts(written)
        name = program.canonical(name)
        found[name] = None
        follows = at < len(args) and not args[at].startswith("-")
        if equals:
            found[f"{name}={value}"] = None
        elif name in program.values and follows:
            found[f"{name}={args[at]}"] = None
            at += 1
    return Reading(tuple(found), args[at] if at < len(args) else "")


def _is_option(argument: str) -> bool:
    """Whether ARGUMENT is one; a single hyphen stands for standard input."""
    return argument.startswith("-") and argument != "-"


def _parts(written: str) -> tuple[str, str, str]:
    """Part `--name=value`; `-e=value` has no value of its own."""
    return written.partition("=") if written.startswith("--") else (written, "", "")


# --- the data


@cache
def program_names() -> tuple[str, ...]:
    """Name every program, sorted."""
    return tuple(sorted(path.stem for path in _PROGRAMS.glob("*.toml")))


@cache
def program(name: str) -> Program:
    """Find a program; an unknown name is a `LookupError`."""
    if name not in program_names():
        raise LookupError(name)
    return read_program(read_table(_PROGRAMS / f"{name}.toml"), name)


def read_program(table: Table, name: str) -> Program:
    """Read the file of one program."""
    table.only("about", "underscores", "values", "aliases")
    values = table.texts("values")
    aliases = table.table("aliases").all_texts()
    for option in (*values, *aliases, *aliases.values()):
        if not _is_option(option) or option == END or "=" in option:
            key = "values" if option in values else "aliases"
            raise table.error(f"`{option}` is no name of an option", key)
    for alias, meant in aliases.items():
        if alias in values or meant in aliases:
            raise table.error(f"`{alias}` is no other name of an option", "aliases")
    return Program(name, table.text("about"), frozenset(values), aliases, table.flag("underscores"))
