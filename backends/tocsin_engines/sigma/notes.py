"""What this engine takes for granted where the specification is silent, and what it mends."""

from tocsin_engines.engine import Assumption

ASSUMED = (
    Assumption(
        "Without `cased`, letters fold from A to Z only; so they do under `re|i`.",
        "The specification says case-insensitive and names no alphabet; SQLite's NOCASE is ASCII.",
    ),
    Assumption(
        "A test of an absent field is false, so its negation, `neq` too, is true.",
        "The specification knows matching and not matching, and no third value.",
    ),
    Assumption(
        "`null` is an absent field; `''` is a value that exists.",
        "The specification leaves both to the target; SQLite tells NULL and '' apart.",
    ),
    Assumption(
        "A number equals its decimal text, true and false equal these words, whatever the column.",
        "All values are treated as strings, says the specification: 443 is '443', never '0443'.",
    ),
    Assumption(
        "Under `gt`, `gte`, `lt` and `lte` a text that is a decimal number counts as that number; "
        "any other value fails the test.",
        "These modifiers are for numbers; flattened events often hold them as text.",
    ),
    Assumption(
        "`re` finds its pattern anywhere; `.` and classes take whole code points; `$` also stands "
        "before a final line feed.",
        "The flavor is PCRE, whose search is unanchored and whose `$` does so.",
    ),
    Assumption(
        "`re` takes `. ^ $ * + ? {n} {n,} {n,m} [] [^] () |` and escaped punctuation, no more.",
        "Other metacharacters are unsupported and can not be used, says the specification; of the "
        "counts, pySigma takes no more than 1000.",
    ),
    Assumption(
        "`cidr` fails on what is no address, and an IPv4 address in IPv6 form is an IPv6 address.",
        "The specification asks for both notations and says nothing of mapped addresses.",
    ),
    Assumption(
        "`fieldref` ignores case, and an absent field equals none, not even another absent one.",
        "It is a comparison like the others; SQL's NULL equals nothing.",
    ),
    Assumption(
        "Names of fields are compared exactly.",
        "The specification tells users to write them as the log source does.",
    ),
    Assumption(
        "`windash` turns `-` and `/` at the start of a word, and no other dash that the rule has.",
        "The specification says all permutations; this is what pySigma makes of it.",
    ),
    Assumption(
        "Bare values are typed as in YAML 1.1: `yes` is true, `0x10` is 16, `1.50` is 1.5.",
        "The specification points at YAML 1.2, but pySigma reads with PyYAML.",
    ),
    Assumption(
        "Several rules in one text without a correlation select what any of them selects.",
        "Each is a query of its own; the specification joins several conditions with OR.",
    ),
    Assumption(
        "Rules of several log sources select records of their own, by the name of a record's table "
        "(`process_creation/windows`); rules of one log source are run on its records.",
        "A log source says where the events are; which table that is, is the backend's affair.",
    ),
    Assumption(
        "A column of times reads `2024-01-31 23:59:59.000`, as in Sysmon; `hour` and its kin take "
        "the parts as written.",
        "The specification says that they convert no time zones.",
    ),
    Assumption(
        "A correlation's window slides and ends at an event; both its ends belong to it.",
        "The specification wants no fixed boundaries; inclusion is the backend's choice.",
    ),
    Assumption(
        "Groups and counted values ignore case, `''` counts; a key comes out as the first event "
        "has it; an event without a key of the group is in none.",
        "The specification is silent; this is the backend's choice.",
    ),
    Assumption(
        "`temporal_ordered` wants each event later than the one before, not at the same time.",
        "The specification says order; this is the backend's choice.",
    ),
)

# (what the third party does, with an example; what is done instead)
CORRECTED: tuple[tuple[str, str], ...] = (
    (
        "pySigma takes a key given twice (the last wins), `null` among values, `f: []` as null, "
        "`all` on one value, `f|re: null` as the text None, `cased` before modifiers that drop it.",
        "Refused: the specification or YAML forbids them, or they are lost without a word.",
    ),
    (
        "pySigma turns 9007199254740993 into 9007199254740992.0, and SQLite integers over 64 bits "
        "into floats.",
        "Refused.",
    ),
    (
        "pySigma appends `.*` for `re|startswith`, which anchors nothing.",
        "Refused, as are `contains` and `endswith` on a regular expression.",
    ),
    (
        "pySigma checks `re` by RE2's dialect, where `\\d`, `(?i)x`, `x{,2}`, `[[:alpha:]]` pass, "
        "and hands it on to whatever reads it.",
        "Only what the specification lists is taken; Python and PCRE read that alike.",
    ),
    (
        "In Python, `^` under `m` matches after a final line feed; in PCRE it does not.",
        "Rewritten.",
    ),
    (
        "`Port|gt: 443` on a column of texts compares texts: '1000' is not over 443; on a number "
        "column `Port: '0443'` equals 443.",
        "All columns are text, order is that of numbers, by a function of ours.",
    ),
    (
        "`cidr` becomes wildcards: `10.0.0.0/8` takes '10.evil.example', `::1/128` misses "
        "'0:0:0:0:0:0:0:1'.",
        "A function of ours, on Python's `ipaddress`.",
    ),
    (
        "`Signed: true` also takes the text '1'.",
        "Only 'true'.",
    ),
    (
        "`f|cased` puts a backslash before U+0001 and U+0002, which mark wildcards inside.",
        "Other marks, that no text can hold.",
    ),
    (
        "`UtcTime|hour: 12` goes by strftime, which takes 'now', and any number as a Julian day.",
        "A function of ours that takes ISO 8601; `week`, which the specification leaves open, is "
        "refused.",
    ),
    (
        "Correlations count seconds as floats: a `temporal` of 5m misses 0.1 s and 300.1 s, though "
        "its edges are meant to belong to it.",
        "Microseconds, as integers.",
    ),
)
