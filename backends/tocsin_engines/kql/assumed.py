"""What the engine takes for granted where Microsoft's documentation is silent or divided.

Each is what is assumed, and why so. Nothing here has been seen on Kusto itself.
"""

from tocsin_engines.engine import Assumption

ASSUMED = (
    Assumption(
        "`=~`, `contains`, `startswith`, `endswith`, `has` and their kin fold ASCII letters only.",
        "The page of `in~` says so of itself and advises `tolower()` for other letters; the other"
        " operators share its engine.",
    ),
    Assumption(
        "A needle of `has` with punctuation inside is found as it stands, between boundaries; an"
        " edge that is not an ASCII letter or digit imposes no boundary; the empty needle is found"
        " in every text.",
        "The pages speak of needles that are one term. A term being a maximal run of ASCII letters"
        " and digits, this is the only reading without a special case.",
    ),
    Assumption(
        "Null equals null is null, and so is null differs from null.",
        'The page "Null values" says so; the page "Logical operators" says false of both.',
    ),
    Assumption(
        "A null is in no list: `in` is false, `!in` is true.",
        "`in` is described as `==` with any of the list, which is false of a null and a value.",
    ),
    Assumption(
        "`not(null)` is null, `false and null` is false, `true and null` is null.",
        "The pages show that `where` and `iff` treat null as false, and that `true or null` is"
        " true; the rest is three-valued logic.",
    ),
    Assumption(
        "Keys of `join` that are null are equal to nothing; empty texts are equal to each other.",
        "As `==` has it. The join page does not speak of nulls.",
    ),
    Assumption(
        "A string operator on a dynamic value sees its text: of a text itself, else its JSON.",
        "The binder takes the operator; that is what `tostring()` yields.",
    ),
    Assumption(
        "`==` of a dynamic with a scalar is true if the whole value is that scalar.",
        "The pages advise a cast and do not say what happens without one.",
    ),
    Assumption(
        "`tolong()` and `toint()` of a text want decimal digits with an optional sign, and cut a"
        " real number off.",
        "The pages say only that what cannot be converted is null.",
    ),
    Assumption(
        "An IPv4 address is four decimal numbers without leading zeros; an address with a prefix"
        " or a zone is no address.",
        "The pages give ranges a prefix, not addresses, and list no other notation.",
    ),
    Assumption(
        "The `ipv6_` functions take IPv4 as mapped addresses: `10.0.0.0/8` is"
        " `::ffff:10.0.0.0/104`.",
        "The page of `ipv6_compare()` says so; the pages of the ranges do not.",
    ),
    Assumption(
        "`trim()` takes away a match as often as it stands at an end; `trim_start()` and"
        " `trim_end()` do so once.",
        "The first page says all leading and trailing matches, the others say match.",
    ),
    Assumption(
        "Division of whole numbers by 0 is null; of real ones, infinite or not a number.",
        "The page of `summarize` shows NaN for 0/0; whole numbers have no such value.",
    ),
    Assumption(
        "`sum()` of nulls only is 0 and `avg()` of them NaN, as of no rows.",
        "Nulls are documented to be ignored; what is left is no rows.",
    ),
    Assumption(
        "`dcount()` is exact.",
        "It is an estimate that is documented to be exact for few values; tests have few.",
    ),
    Assumption(
        "`take` yields the first rows, `take_any()`, `arg_min()` and `arg_max()` any of those that"
        " qualify, `make_set(x, n)` any n.",
        "All are documented as arbitrary; a test must not depend on them.",
    ),
    Assumption(
        "Under `(?i)`, letters fold by Unicode: `k` matches U+212A, `s` matches U+017F.",
        "The regex page describes the syntax of Rust's regex, which folds so; RE2 folds alike.",
    ),
    Assumption(
        "Texts are kept as code points, without normalization, and ordered by them.",
        "`strlen()` is documented to count code points; an order of texts is not documented.",
    ),
    Assumption(
        "The parts that `parse_url()` yields are as written, in upper or lower case; of a text"
        " without a scheme they are null.",
        "The page shows one URL, in lower case, and asks for an absolute one.",
    ),
    Assumption(
        "`parse_json()` takes trailing commas, NaN and infinity for JSON.",
        "This is DuckDB's parser; Kusto is documented to hand on what is not JSON as text.",
    ),
    Assumption(
        "A datetime within an array is its ISO text.",
        "JSON has no datetime; that is how Kusto is documented to write it.",
    ),
)
