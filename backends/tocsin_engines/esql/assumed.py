"""What this engine takes for granted where the product's documentation is silent or divided."""

from tocsin_engines.engine import Assumption

ASSUMED = (
    Assumption(
        "All records lie in the indices that `FROM` names, whatever these are.",
        "A record does not say in which index it is; what tells events apart are conditions.",
    ),
    Assumption(
        '`TO_LOWER(f) == "x"`, `LIKE` and `RLIKE` of one pattern fold A-Z of `f` and no range; with'
        " a capital on the right they never hold. `IN` and lists of patterns are held against the"
        " text in lower case, of every script.",
        "So do the optimizer's rules for them (`ReplaceStringCasingWithInsensitiveEquals`,"
        " `…RegexMatch`); the documentation shows only the function.",
    ),
    Assumption(
        "`FIRST` and `LAST` give the value of the row that comes first or last, be it null; of rows"
        " of one moment the one that comes first or last among the records.",
        "The description says that both fields may be null, and of several rows any.",
    ),
    Assumption(
        "Only the fields that the EQL engine knows as `wildcard` are without `ignore_above` 1024;"
        " what is longer is null.",
        "Both languages read the same index; ES|QL reads doc values: such a text has none.",
    ),
    Assumption(
        "Times are whole milliseconds; `NOW()` is a millisecond after the last record.",
        "`@timestamp` is a `date`. A hunt looks back from the moment when it is run.",
    ),
    Assumption(
        "A row without `BY` is there even if no event is.",
        "So answers every aggregation without keys; the documentation has no example of it.",
    ),
    Assumption(
        "The length of a regular expression is bounded by 1,000 characters, also where it is"
        " computed and not asked of the index.",
        "`index.max_regex_length` bounds the one; a query should not depend on which it is.",
    ),
)
