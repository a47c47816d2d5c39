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
        "`tolong()` and `toint()` of a text want decimal digits with an optional sign, or `0x` and"
        " hexadecimal digits without one; what 64 or 32 bits with a sign do not hold is null. They"
        " cut a real number off.",
        "The pages say only that what cannot be converted is null; Microsoft's parsers of"
        ' SecurityEvent read process ids like "0x1f4" so.',
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
        "`sort` puts equal texts side by side, and texts that differ in case are not equal.",
        "It follows if texts are ordered by code points; the page does not say how they are.",
    ),
    Assumption(
        "`prev()` and `next()` take the rows that go into their operator: those that a `where` with"
        " one of them drops are rows to it. Behind `join`, `union`, `mv-apply` and what the page of"
        " `serialize` names, rows are in no order.",
        "The pages speak of the serialized row set, and have examples with `extend` only; `union`"
        " and `mv-apply` are in neither list of the page of `serialize`.",
    ),
    Assumption(
        "What is not a number is neither less nor greater than a number, nor equal to one.",
        "The page of `real` names it and does not compare it; IEEE 754 has it so.",
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
        "`parse_xml()`: the text of an element stays a text; it is kept as it stands, but white"
        " space at its ends is lost beside other elements; a text of white space only is none;"
        " several texts between elements are an array; CDATA is text; a document with a DTD, or"
        " nested deeper than 200 elements, is null.",
        "The page's table shows texts, its example numbers. White space is shown trimmed in one"
        " row only; of the rest nothing is said.",
    ),
    Assumption(
        "`parse_xml()` takes `xmlns` for an attribute, and a prefix for a part of the name.",
        "An older version of the page calls namespaces unsupported, but Microsoft's parsers of"
        " Sysmon events read documents with `xmlns` so.",
    ),
    Assumption(
        "`parse_command_line()` of an empty text is null; of three quotes in a row within an"
        " argument, or two within quotes, one is a character.",
        "The page names CommandLineToArgvW, which yields the path of the running program for an"
        " empty text; its page does not speak of quotes in a row.",
    ),
    Assumption(
        "`strcat_array()` keeps empty elements between two delimiters; of what is no array it is"
        " empty.",
        "The page joins three numbers.",
    ),
    Assumption(
        "`parse_path()`: the extension is what follows the last dot of the file's name; the"
        " directory is what stands before the last slash, with the drive; a drive counts only at"
        " the start; of an empty text all parts are empty.",
        "The page shows five paths.",
    ),
    Assumption(
        "`make_bag()` and `bag_pack()` keep the last value of a key that comes twice, and keys"
        " whose value is null.",
        "The first is documented to keep any; of the second, and of null, nothing is said.",
    ),
    Assumption(
        "`array_index_of()` of what is no array is null.",
        "The page says so of irrelevant inputs, and lists others.",
    ),
    Assumption(
        "`mv-apply` runs its subquery for a row with an empty array too, over no rows: a"
        " `summarize` without keys yields a row, all else none. Null is one row of null, a single"
        " value one row; a property bag is not covered.",
        "It is described by `mv-expand`, which has no record for an empty array and one for null,"
        " and as a subquery for each record; it is said both to have no bags and to expand.",
    ),
    Assumption(
        "The parameters of ASIM's unifying parsers test the normalized columns: `has_any` and its"
        " kin without case, `eventtype` and `eventresult` with case, `eventtype_in` and"
        " `dvcaction` as `in~`, `hostname_has_any` the source's or the destination's name,"
        " `username_has_any` the target's or the actor's; a prefix is that of an IPv4 address.",
        "The parsers of single sources, which are published, differ in detail and test what they"
        " read before it is normalized.",
    ),
    Assumption(
        "`_Im_Dns` without `eventtype` yields events of the type `Query` only.",
        "Its parameter is documented to be `Query`, formerly `lookup`, if it is not given.",
    ),
    Assumption(
        "A datetime within an array or a bag is its ISO text.",
        "JSON has no datetime; that is how Kusto is documented to write it.",
    ),
)
