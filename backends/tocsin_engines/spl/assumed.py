"""What Splunk's documentation leaves open, and what this engine takes it to mean."""

from dataclasses import dataclass

from tocsin_engines.engine import Assumption


@dataclass(frozen=True, slots=True)
class Readings:
    """The choices that can be made the other way, so that a query can be tried under both."""

    # What NOT of a NULL is in `where` and `eval`.
    not_null: bool | None = None
    # Whether `search` compares É and é as one letter; a to z it does in either case.
    search_folds_unicode: bool = True
    # Whether a regular expression is read as a string first: `"\\\\"` is one backslash.
    regex_is_unescaped: bool = True
    # Whether `tonumber("0x1f", 16)` is 31.
    tonumber_reads_0x: bool = False


_SILENT = "the documentation does not say"
_JSON = "as JSON writes it, which is how such an event reaches Splunk"

ASSUMED = (
    Assumption(
        "a comparison with NULL is NULL, NOT NULL is NULL, `false AND NULL` is false,"
        " `true OR NULL` is true; `where` keeps TRUE only",
        f"{_SILENT}; Splunk Web's evaluator of dashboard tokens, which may differ from the search"
        " command's by its own documentation, has NOT NULL as TRUE: see `Readings.not_null`",
    ),
    Assumption(
        "`search` compares letters without case in all of Unicode, one code point with one",
        "'searches are case-insensitive' names no alphabet; the widest is the least convenient:"
        " see `Readings.search_folds_unicode`",
    ),
    Assumption(
        'a regular expression is unescaped as a string (`\\\\`, `\\"`), then read as PCRE',
        "'the search bar performs de-escaping in addition': see `Readings.regex_is_unescaped`",
    ),
    Assumption(
        "PCRE2 10.47 reads regular expressions in UTF mode; `(?i)` folds Unicode, `\\d`, `\\w` and"
        " `\\s` are ASCII; its match limits are the library's, and reaching one is an error",
        "'PCRE' and a limits.conf that can be set differently are all that is documented",
    ),
    Assumption(
        "`\\n`, `\\r` and `\\t` in a string that is no regular expression are refused",
        "one page has `\\t` as a tab, others leave unknown pairs unaltered",
    ),
    Assumption(
        "comparing, `IN`, `match`, `like` and `cidrmatch` on a multivalue field are true if they"
        " are for any of its values, `!=` too",
        f"{_SILENT} for eval; it is how `search` does it",
    ),
    Assumption(
        "other functions and arithmetic on a multivalue field are refused, but for `lower`,"
        " `upper` and those for multivalue fields",
        "these two alone are documented to accept one",
    ),
    Assumption(
        "two texts are equal if they are the same code points, also if both look like numbers; a"
        " number equals a text that reads as it; `<` compares numbers where both look like one",
        "'operators accept two numbers or two strings'; in `search`, `1` does not match `1.0`",
    ),
    Assumption(
        "a number is decimal (`7`, `-0.5`, `1e3`): `0x10`, ` 7` and an empty text are text",
        "`tonumber` needs a base for anything else, and a blank makes it NULL",
    ),
    Assumption(
        "a literal number that has a fraction is refused in arithmetic outside of `exact()`",
        "results are rounded to the digits of the least precise operand, in a way not documented"
        " well enough to repeat",
    ),
    Assumption(
        "`field=*` finds an empty text, `isnull` does not", "`*` matches an unlimited number"
    ),
    Assumption("`search` reads CIDR with host bits as the network they are in", _SILENT),
    Assumption("`cidrmatch` is false where the address is none, or of the other family", _SILENT),
    Assumption("`like` has no escape; `%` and `_` match a newline", _SILENT),
    Assumption("`TERM()` on a field compares the whole value", "terms need an index"),
    Assumption(
        "a bare word or phrase is refused", "it would search the segments of `_raw`: there is none"
    ),
    Assumption("`regex f!=` keeps an event that lacks the field", "it 'does not match'"),
    Assumption("`regex f=` is true if any value of a multivalue field matches", _SILENT),
    Assumption("`mvexpand` drops an event that lacks the field", "Splunk's community says so"),
    Assumption("`tostring(null())` is `Null`", "'nulls can be converted to strings'"),
    Assumption(
        "`tonumber` of base 16 does not read `0x1f`: NULL",
        "a base and NULL for what cannot be read are documented, a prefix is not; shipped rules do"
        " both: see `Readings.tonumber_reads_0x`",
    ),
    Assumption(
        "`tstats` reads the records whose table is the dataset, each column as `root.column` but"
        " for those inherited by every dataset; all of them are summarised, whatever"
        " `summariesonly` and `allow_old_summaries` say",
        "no acceleration runs here, and no definition of a data model is read",
    ),
    Assumption(
        "a summary holds values as the event has them: case, an empty text, several values",
        _SILENT,
    ),
    Assumption(
        "WHERE of `tstats` finds what `search` finds",
        "'in much the same ways as you use it with the search command'",
    ),
    Assumption(
        "BY of `tstats` is that of `stats`: a row for each of several values, groups sorted; its"
        " `_time` is binned as by `bin`, an event that lacks a field is dropped without"
        " `fillnull_value`, which fills BY fields only",
        "the last is documented, the rest is not said",
    ),
    Assumption(
        "`rename` goes from left to right, over the fields that any result has; a name that fits"
        " wildcards in two ways, or two fields with one new name, are refused",
        _SILENT,
    ),
    Assumption("an event without an index is in `main`", "Splunk's default index"),
    Assumption("a boolean is shown as `true` or `false`, a number as its shortest form", _JSON),
    Assumption(
        "events come newest first, also of `multisearch`; of one time, as they were given",
        "ties are not said, and of several searches only that their events are interleaved",
    ),
    Assumption("an event that two searches of `multisearch` find is there twice", _SILENT),
    Assumption(
        "of one time, `earliest` takes the value seen last, `latest` that seen first",
        "as `last` and `first` do in the order of the search",
    ),
    Assumption(
        "the days of `bin`, `@d`, `@w` and `strftime` are those of UTC",
        "they are in the time zone of the user, who is nobody here",
    ),
    Assumption(
        "`stats` drops an event that lacks a BY field, counts it once for each value of one with"
        " several, and sorts the groups",
        "documented by example",
    ),
    Assumption(
        "`stats` without BY over no events gives one row if it counts, none otherwise", _SILENT
    ),
    Assumption(
        "`time_window=w` of `streamstats` holds the events less than w away", "the edge is not said"
    ),
    Assumption(
        "`streamstats` without a window looks back over all events",
        "the page says so of `window`; before that it has 10,000 events (max_stream_window)",
    ),
    Assumption("where `streamstats` has no value, a field of its name stays as it was", _SILENT),
    Assumption("`streamstats` and `eventstats` pass over an event that lacks a BY field", _SILENT),
    Assumption("`sort` puts an event that lacks the field last", _SILENT),
    Assumption(
        "`+`, `-` and `.` bind alike, from left to right; AND, OR, NOT, XOR, IN and LIKE are read"
        " in any case by `where` and `eval`, in upper case by `search`",
        _SILENT,
    ),
    Assumption(
        "a back-tick, also in quotes, and `$name$` are refused",
        "a macro, a dashboard or an alert would put something else there",
    ),
)
