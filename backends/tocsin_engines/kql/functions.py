"""The scalar functions, each by its page of the documentation."""

from collections.abc import Callable, Mapping

from tocsin_engines.engine import Rejected
from tocsin_engines.kql import addresses, convert, numbers, regex, strings, times
from tocsin_engines.kql.sql import SQL_TYPES, TICKS_A_HOUR, WHOLE, Value, null, quote, whole

Arguments = tuple[Value, ...]

_MOST_ITEMS = 1_048_576  # of `range`


def call(name: str, arguments: Arguments, kind: str) -> Value:
    """Call a function. KIND is the type that the binder gives the result."""
    chosen = _CHOICES.get(name)
    if chosen is not None:
        return chosen(arguments, kind)
    function = _FUNCTIONS.get(name)
    if function is None:
        raise Rejected("not covered by this engine: this function")
    return function(arguments)


def _not(arguments: Arguments) -> Value:
    return Value(f"(NOT {_of('bool', arguments[0])})", "bool")


def _is_empty(arguments: Arguments) -> Value:
    """Find an empty text or null; `dynamic([])` is neither [D:isempty]."""
    (value,) = arguments
    if value.type == "dynamic":
        return Value(f"(dynamic_text({value.sql}) = '')", "bool")
    return Value(
        f"({value.sql} = '')" if value.type == "string" else f"({value.sql} IS NULL)", "bool"
    )


def _is_null(arguments: Arguments) -> Value:
    """Find null, which a string never is [D:isnull]."""
    (value,) = arguments
    return Value("FALSE" if value.type == "string" else f"({value.sql} IS NULL)", "bool")


def _negated(function: Callable[[Arguments], Value]) -> Callable[[Arguments], Value]:
    return lambda arguments: Value(f"(NOT {function(arguments).sql})", "bool")


def _if(arguments: Arguments, kind: str) -> Value:
    return _case(arguments, kind)


def _case(arguments: Arguments, kind: str) -> Value:
    """Take what follows the first predicate that is true, else the last argument [D:case]."""
    *pairs, otherwise = arguments
    tests = [_of("bool", test) for test in pairs[::2]]
    results = [_as(kind, result) for result in pairs[1::2]]
    if len(tests) != len(results):
        raise Rejected("not covered by this engine: such a number of arguments")
    whens = " ".join(
        f"WHEN {test} THEN {result}" for test, result in zip(tests, results, strict=True)
    )
    return Value(f"(CASE {whens} ELSE {_as(kind, otherwise)} END)", kind)


def _coalesce(arguments: Arguments, kind: str) -> Value:
    """Take the first that is not null; of texts, the first that is not empty [D:coalesce]."""
    parts = [_as(kind, argument) for argument in arguments]
    if kind == "string":
        parts = [f"nullif({part}, '')" for part in parts] + ["''"]
    return Value(f"coalesce({', '.join(parts)})", kind)


def _strcat(arguments: Arguments) -> Value:
    joined = " || ".join(convert.to_string(one).sql for one in arguments)
    return Value(f"bounded({joined})", "string")


def _split(arguments: Arguments) -> Value:
    """Yield an array: of all parts, or of the one that is asked for [D:split]."""
    source, delimiter = _of("string", arguments[0]), arguments[1].constant
    if not isinstance(delimiter, str) or not delimiter:
        raise Rejected("not covered by this engine: such a delimiter")
    parts = f"string_split({source}, {quote(delimiter)})"
    if len(arguments) > 2:
        index = _index(arguments[2])
        parts = f"{parts}[{index + 1}:{index + 1}]"
    return Value(f"to_json({parts})", "dynamic")


def _substring(arguments: Arguments) -> Value:
    """Cut from a constant place on; a length below 0 leaves nothing [D:substring]."""
    source, start = _of("string", arguments[0]), _index(arguments[1])
    length = f", greatest(0, {arguments[2].sql})" if len(arguments) > 2 else ""
    return Value(f"substr({source}, {start + 1}{length})", "string")


def _index(value: Value) -> int:
    if isinstance(value.constant, bool) or not isinstance(value.constant, int):
        raise Rejected("not covered by this engine: a number that is not a constant")
    if value.constant < 0:
        raise Rejected("not covered by this engine: a number below 0")
    return value.constant


def _replace_string(arguments: Arguments) -> Value:
    texts = [_of("string", argument) for argument in arguments]
    if not arguments[1].constant:
        raise Rejected("not covered by this engine: such a text to replace")
    return Value(f"bounded(replace({', '.join(texts)}))", "string")


def _pattern(value: Value) -> str:
    if not isinstance(value.constant, str):
        raise Rejected("not covered by this engine: a regular expression that is not a constant")
    return regex.re2(value.constant)


def _trim(start: str, end: str) -> Callable[[Arguments], Value]:
    """Take away the match at an end. `trim` takes all, the others one [D:trim, trim_end]."""
    more = "*" if start and end else ""

    def trim(arguments: Arguments) -> Value:
        pattern, text = _pattern(arguments[0]), _of("string", arguments[1])
        for side in filter(None, (start, end)):
            found = side.format(f"(?:{pattern}){more}")
            text = f"regexp_replace({text}, {quote(found)}, '')"
        return Value(text, "string")

    return trim


def _extract(arguments: Arguments) -> Value:
    """Yield what a group captured, as text or as another type; null if none [D:extract]."""
    pattern, group = _pattern(arguments[0]), _index(arguments[1])
    if group > regex.groups(str(arguments[0].constant)):
        raise Rejected("not covered by this engine: a group that is not there")
    source = _of("string", arguments[2])
    found = Value(f"regexp_extract({source}, {quote(pattern)}, {group})", "string")
    kind = arguments[3].constant if len(arguments) > 3 else "string"
    return convert.to_type(found, str(kind))


def _array_length(arguments: Arguments) -> Value:
    """Null if it is no array [D:dynamic]."""
    value = _of("dynamic", arguments[0])
    length = f"CASE WHEN json_type({value}) = 'ARRAY' THEN json_array_length({value})::BIGINT END"
    return Value(f"({length})", "long")


def _range(arguments: Arguments) -> Value:
    """Count from the first to the second, both in it; no more than a million or so [D:range]."""
    first, last, *rest = arguments
    step = rest[0] if rest else whole(TICKS_A_HOUR if first.type == "datetime" else 1)
    size = step.constant
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise Rejected("not covered by this engine: such a step")
    if first.type != last.type or (first.type not in WHOLE and first.type != "datetime"):
        raise Rejected(f"not covered by this engine: from {first.type} to {last.type}")
    most = f"least({last.sql}, {first.sql} + {size * (_MOST_ITEMS - 1)})"
    items = f"range({first.sql}, {most} + 1, {size})"
    if first.type == "datetime":
        items = f"list_transform({items}, lambda item: iso(item))"
    return Value(f"to_json({items})", "dynamic")


def _strcat_array(arguments: Arguments) -> Value:
    """Join the elements of an array; of what is none, nothing is left [D:strcat_array]."""
    items, delimiter = (_of(kind, each) for kind, each in zip(("dynamic", "string"), arguments,
                                                              strict=True))  # fmt: skip
    texts = f"list_transform(from_json({items}, '[\"JSON\"]'), lambda item: dynamic_text(item))"
    joined = f"bounded(array_to_string({texts}, {delimiter}))"
    return Value(f"(CASE WHEN json_type({items}) = 'ARRAY' THEN {joined} ELSE '' END)", "string")


def _set_has_element(arguments: Arguments) -> Value:
    """Compare exactly, type and case [D:set_has_element]."""
    items, test = _of("dynamic", arguments[0]), _element_test(arguments[1])
    found = f"len(list_filter(from_json({items}, '[\"JSON\"]'), lambda item: {test})) > 0"
    return Value(f"(CASE WHEN json_type({items}) = 'ARRAY' THEN {found} ELSE FALSE END)", "bool")


def _array_index_of(arguments: Arguments) -> Value:
    """Count from 0; -1 if it is not there [D:array_index_of]."""
    if len(arguments) != 2:
        raise Rejected("not covered by this engine: a part of an array")
    items, test = _of("dynamic", arguments[0]), _element_test(arguments[1])
    tests = f"list_transform(from_json({items}, '[\"JSON\"]'), lambda item: {test})"
    place = f"coalesce(list_position({tests}, TRUE), 0)::BIGINT - 1"
    return Value(f"(CASE WHEN json_type({items}) = 'ARRAY' THEN {place} END)", "long")


def _element_test(wanted: Value) -> str:
    match wanted.type:
        case "string":
            return f"json_type(item) = 'VARCHAR' AND (item ->> '$') = {wanted.sql}"
        case "long" | "int" | "real":
            return f"coalesce(dynamic_real(item) = {wanted.sql}, FALSE)"
        case _:
            raise Rejected(f"not covered by this engine: an element of type {wanted.type}")


def _bag_pack(arguments: Arguments) -> Value:
    """Make a bag of keys and values [D:bag_pack]."""
    if len(arguments) % 2:
        raise Rejected("not covered by this engine: a key without a value")
    keys = [_of("string", key) for key in arguments[::2]]
    pairs = zip(keys, (_json(one) for one in arguments[1::2]), strict=True)
    bags = ", ".join(f"MAP {{{key}: {value}}}" for key, value in pairs)
    return Value(f"merged([{bags}])", "dynamic")


def _json(value: Value) -> str:
    match value.type:
        case "dynamic":
            return value.sql
        case "datetime":
            return f"to_json(iso({value.sql}))"
        case "string" | "long" | "int" | "real" | "bool":
            return f"to_json({value.sql})"
        case _:
            raise Rejected(f"not covered by this engine: {value.type} in a bag")


def _abs(arguments: Arguments) -> Value:
    (value,) = arguments
    if value.type not in WHOLE | {"real", "timespan"}:
        raise Rejected(f"not covered by this engine: {value.type}")
    return Value(f"abs({value.sql})", value.type)


def _of(kind: str, value: Value) -> str:
    """Return the SQL of a value that must be of a type; a text may be a dynamic's."""
    if kind == "string" and value.type == "dynamic":
        return strings.text(value).sql
    if value.type != kind:
        raise Rejected(f"not covered by this engine: {value.type} for {kind}")
    return value.sql


def _as(kind: str, value: Value) -> str:
    """Return the SQL of a value that is to become one of a type: only numbers do."""
    if kind == "real" and value.type in WHOLE:
        return f"CAST({value.sql} AS DOUBLE)"
    if kind in WHOLE and value.type in WHOLE:
        return value.sql
    if value.known and value.constant is None and value.type == kind and kind in SQL_TYPES:
        return null(kind).sql
    if value.type != kind:
        raise Rejected(f"not covered by this engine: {value.type} for {kind}")
    return value.sql


def _in_range(version: int) -> Callable[[Arguments], Value]:
    def in_range(arguments: Arguments) -> Value:
        address = Value(_of("string", arguments[0]), "string")
        return addresses.in_range(address, arguments[1:], version)

    return in_range


# Those whose result has the type of their arguments.
_CHOICES: Mapping[str, Callable[[Arguments, str], Value]] = {
    "iff": _if,
    "iif": _if,
    "case": _case,
    "coalesce": _coalesce,
}

_FUNCTIONS: Mapping[str, Callable[[Arguments], Value]] = {
    "not": _not,
    "isempty": _is_empty,
    "isnotempty": _negated(_is_empty),
    "notempty": _negated(_is_empty),
    "isnull": _is_null,
    "isnotnull": _negated(_is_null),
    "notnull": _negated(_is_null),
    "strlen": lambda one: Value(f"length({_of('string', one[0])})", "long"),
    "tolower": lambda one: Value(f"lower({_of('string', one[0])})", "string"),
    "toupper": lambda one: Value(f"upper({_of('string', one[0])})", "string"),
    "strcat": _strcat,
    "hash_sha256": lambda one: Value(f"sha256({_of('string', one[0])})", "string"),
    "split": _split,
    "substring": _substring,
    "replace_string": _replace_string,
    "trim": _trim("^{}", "{}$"),
    "trim_start": _trim("^{}", ""),
    "trim_end": _trim("", "{}$"),
    "extract": _extract,
    "array_length": _array_length,
    "strcat_array": _strcat_array,
    "array_index_of": _array_index_of,
    "range": _range,
    "set_has_element": _set_has_element,
    **dict.fromkeys(("bag_pack", "pack", "pack_dictionary"), _bag_pack),
    "abs": _abs,
    "bin": lambda pair: numbers.binned(*pair),
    "floor": lambda pair: numbers.binned(*pair),
    "ipv4_is_in_range": _in_range(4),
    "ipv4_is_in_any_range": _in_range(4),
    "ipv6_is_in_range": _in_range(6),
    "ipv6_is_in_any_range": _in_range(6),
    **convert.FUNCTIONS,
    **times.FUNCTIONS,
}
