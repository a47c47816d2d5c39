"""What this engine takes for granted where the product's documentation is silent or divided."""

from tocsin_engines.engine import Assumption

ASSUMED = (
    Assumption(
        "`==` and `!=` between a string and a number, a boolean or an address that is none is an"
        " error.",
        "Elasticsearch's verifier lets it pass and the term query coerces or fails when it runs;"
        " `in` is verified. A query that needs either is a slip.",
    ),
    Assumption(
        "A value that does not fit its field (a word in a `long`, text that is no address) is not"
        " there for any condition.",
        "Elasticsearch refuses such a document unless `ignore_malformed` is set; with it, the"
        " field is as good as missing. Text that reads as a number is coerced, as documented.",
    ),
    Assumption(
        "Only `process.command_line`, `process.parent.command_line`, `url.original` and"
        " `registry.data.strings` are of the type `wildcard`; every other text is a `keyword` with"
        " `ignore_above` 1024, counted in UTF-16 units.",
        "So say the ECS mapping, for these, and `KeywordFieldMapper`, which asks Java for the"
        " length.",
    ),
    Assumption(
        "The field `event.category` holds the table of a record that has no such column, and is"
        " always mapped.",
        "`process where` reads that field; a query without it does not run.",
    ),
    Assumption(
        "`stringContains`, `endsWith` and their `~` forms hand their needle to a wildcard query:"
        " `*` and `?` in it are wildcards and a backslash is eaten.",
        "`QueryTranslator` builds them so, with no escaping. The documentation shows none of it.",
    ),
    Assumption(
        '`stringContains(f, "")` and an empty regular expression are not run, nor is the empty text'
        " in `:`, `in~`, `like~` and inside `regex~`, nor a repetition of the empty language.",
        "The documentation calls the first false, and the wildcard `**` that it becomes is true; a"
        " `keyword` and a `wildcard` field differ on the second; on the others Lucene 8.7 was"
        " observed to match nothing, which is not what they say.",
    ),
    Assumption(
        "The work limit of 10,000 on making automata deterministic is not counted; a bound of"
        " repetition beyond 10,000, groups nested beyond 40 and automata beyond 50,000 states are"
        " refused.",
        "Lucene counts the effort of one algorithm. Ours is another, and its count would not be"
        " Lucene's.",
    ),
    Assumption(
        "Regular expressions are those of Lucene 9: `~` is the complement, `regex~` folds single"
        " ASCII letters and no ranges.",
        "Lucene 10 sets the complement aside and may fold ranges.",
    ),
    Assumption(
        "All events that match are returned, with no `size`.",
        "The search API returns 10 unless told otherwise, a detection rule `max_signals`.",
    ),
    Assumption(
        "Times are whole milliseconds; events of one millisecond come in the order of the records.",
        "`@timestamp` is a `date`; with no tiebreaker, Elasticsearch takes the order of the shard.",
    ),
    Assumption(
        "An event that holds several values in a join key joins for each of them.",
        "Recent versions expand the values; the documentation does not say so.",
    ),
)
