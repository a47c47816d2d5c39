"""What the differential tests must catch: faults put into the compiler, one at a time, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from differential import mutants as to
from differential.corpus import TARGETS
from tocsin import lucene, model
from tocsin.columns import Form
from tocsin.frame import NOTHING
from tocsin.frozen import replace
from tocsin.lower.fit import _REWRITES
from tocsin.lower.forms import _TEXT_FORMS
from tocsin_backends.eql import write as eql
from tocsin_backends.kql import condition as kql
from tocsin_backends.sigma import items as sigma
from tocsin_backends.spl.plan import UNSAFE
from tocsin_backends.spl.where import _PCRE
from tocsin_backends.spl.where import _SPECIAL as SPL_SPECIAL


@dataclass(frozen=True, slots=True)
class Patch:
    """What stands in for ATTRIBUTE of a module, or of a class in it."""

    module: str
    attribute: str
    value: object

    @property
    def owner(self) -> object:
        """Find the module or the class. A package may hide a module behind a function's name."""
        name, _, inner = self.module.partition(":")
        module = import_module(name)
        return getattr(module, inner) if inner else module


@dataclass(frozen=True, slots=True)
class Mutation:
    """One fault: PATCHES put in, or else the query REWRITTEN.

    Each of TARGETS has a case of CASES on which its engine must contradict the reference meaning.
    """

    name: str
    targets: tuple[str, ...]
    breaks: str
    cases: tuple[str, ...]
    patches: tuple[Patch, ...] = ()
    rewrite: Callable[[str], str] | None = None


def _patch(name: str, targets: str, breaks: str, cases: str, **patches: object) -> Mutation:
    """Read `eql_write___like=…` as the attribute `_like` of what is called `eql_write` here."""
    found = (Patch(_MODULES[module], attribute, value)
             for key, value in patches.items()
             for module, _, attribute in (key.partition("__"),))  # fmt: skip
    return Mutation(name, _targets(targets), breaks, tuple(cases.split()), tuple(found))


def _rewrite(
    name: str, targets: str, breaks: str, cases: str, old: str, new: to.New
) -> Mutation:  # fmt: skip
    rewrite = to.text(old, new)
    return Mutation(name, _targets(targets), breaks, tuple(cases.split()), rewrite=rewrite)


def _targets(words: str) -> tuple[str, ...]:
    return TARGETS if words == "all" else tuple(words.split())


_MODULES = {
    "regex": "tocsin.regex",
    "fit": "tocsin.lower.fit",
    "forms": "tocsin.lower.forms",
    "parts": "tocsin.lower.parts",
    "patterns": "tocsin.lower.patterns",
    "placed": "tocsin.lower.placed",
    "events": "tocsin.lower.events",
    "lowering": "tocsin.lower.events:Events",
    "options": "tocsin.lower.options",
    "words": "tocsin.lower.words",
    "written": "tocsin.lower.written",
    "writing": "tocsin.lower.written:Writing",
    "eql": "tocsin_backends.eql",
    "eql_write": "tocsin_backends.eql.write",
    "eql_where": "tocsin_backends.eql.where",
    "lucene": "tocsin.lucene",
    "kql": "tocsin_backends.kql",
    "kql_query": "tocsin_backends.kql.query",
    "kql_bodies": "tocsin_backends.kql.bodies",
    "kql_programs": "tocsin_backends.kql.programs",
    "spl_raw": "tocsin_backends.spl.raw",
    "kql_condition": "tocsin_backends.kql.condition",
    "sigma_events": "tocsin_backends.sigma.events",
    "sigma_items": "tocsin_backends.sigma.items",
    "sigma_layout": "tocsin_backends.sigma.layout",
    "spl": "tocsin_backends.spl",
    "spl_plan": "tocsin_backends.spl.plan",
    "spl_search": "tocsin_backends.spl.search",
    "spl_where": "tocsin_backends.spl.where",
    "spl_bodies": "tocsin_backends.spl.bodies",
    "spl_values": "tocsin_backends.spl.values",
}

# fmt: off

_REGEXES = (
    _patch("regex-class-not-negated", "all", "`[^b-d]` is printed `[b-d]`",
           "class_negated", regex___one_of=to.class_not_negated),
    _patch("regex-plus-is-star", "all", "`b+` is printed `b*`",
           "regex_text", regex___quantifier=to.once_or_more_is_any_number),
    _patch("regex-group-lost", "all", "`x(ab|cd)y` and `(ab)+` are printed without their group",
           "choice group_repeated", regex___grouped=to.ungrouped_parts),
    _patch("regex-any-character-not-newline", "kql sigma spl", "`(?s)` and `|s` are left out",
           "any_character",
           regex__has_any_one=to.no_any_character, sigma_items__has_any_one=to.no_any_character),
    _patch("regex-case-flag-dropped", "kql spl", "`(?i)` is left out",
           "regex_text",
           kql_condition__write_folded=to.folded_as_cased,
           spl_where__write_folded=to.folded_as_cased),
    _patch("regex-cased-ignored", "kql spl", "`matches cased` gets `(?i)`",
           "regex_cased",
           kql_condition__write_folded=to.cased_as_folded,
           spl_where__write_folded=to.cased_as_folded),
    _patch("regex-class-in-one-case", "eql kql spl", "`[a-d]` without case stays `[a-d]`",
           "regex",
           regex__both_cases=to.one_case, lucene__both_cases=to.one_case),
    _patch("regex-strict-folding-dropped", "kql spl", "under `not`, `s` is `s` and not `[Ss]`",
           "shut_out",
           kql_condition__write_folded=to.folded_loosely,
           spl_where__write_folded=to.folded_loosely),
    _patch("regex-other-scripts-folded", "kql spl", "letters beyond A-Z stay under `(?i)`",
           "other_script", regex__has_foreign_case=to.no_foreign_case),
    _patch("regex-dot-not-escaped", "all", "`\\.` is printed `.`",
           "regex",
           lucene___RESERVED=lucene._RESERVED - {"."}, kql_condition___SPECIAL=kql._SPECIAL - {"."},
           sigma_items___SPECIAL=sigma._SPECIAL - {"."}, spl_where___SPECIAL=SPL_SPECIAL - {"."}),
    _patch("regex-start-lost", "kql sigma spl", "`^` is left out",
           "anchors",
           kql_condition___RUST=replace(kql._RUST, start=""),
           sigma_items___SIGMA=replace(sigma._SIGMA, start=""),
           spl_where___PCRE=replace(_PCRE, start="")),
    _patch("regex-end-lost", "kql sigma spl", "`$` and `\\z` are left out",
           "anchors",
           kql_condition___RUST=replace(kql._RUST, end=""),
           sigma_items___SIGMA=replace(sigma._SIGMA, end=""),
           spl_where___PCRE=replace(_PCRE, end="")),
    _patch("regex-end-before-line-feed", "sigma spl", "`$` also takes a final line feed",
           "anchors",
           sigma_events___strict=to.sigma_not_strict, spl_where___PCRE=replace(_PCRE, end="$")),
)

_LOWERING = (
    _patch("or-flattened-into-and", "all", "`(a or b) and c` becomes `a and b and c`",
           "or_in_and", events__merge=to.or_flattened_into_and),
    _patch("n-of-off-by-one", "all", "`2 of` is written out as `1 of`",
           "two_of", fit___written_out=to.one_fewer_of),
    _patch("range-without-lower-bound", "eql", "`in 1000..2000` becomes `<= 2000`",
           "between", fit___REWRITES={**_REWRITES, model.NumberWithin: to.no_lower_bound}),
    _patch("system-dropped", "eql", "`on windows` asks for nothing",
           "system", lowering___gated=to.any_system),
    _patch("absent-text-is-a-value", "sigma spl", "`-`, which means absent, exists",
           "exists missing", forms__without_absent=to.absent_text_is_a_value),
    _patch("absent-texts-are-the-same", "sigma spl", "two fields that hold `-` are the same",
           "same", lowering___two_fields=to.absent_texts_are_the_same),
    _patch("key-may-be-absent", "kql", "a row without a key is not left out",
           "counts", lowering__present=to.key_may_be_absent),
    _patch("name-without-separator", "sigma spl", r"`process.name is` becomes a suffix without `\`",
           "file_name", parts___last=to.name_without_separator),
    _patch("name-crosses-folders", "sigma spl", "a regex of a name matches across folders",
           "file_name_regex", placed__confined=to.as_it_is),
    _patch("wildcard-crosses-folders", "sigma spl", "`*` and `?` in a name match a backslash",
           "file_name_like", placed__other_than=to.any_one),
    _patch("bare-name-lost", "sigma spl", "`System`, recorded without a path, is looked for in one",
           "bare_name", forms___TEXT_FORMS={**_TEXT_FORMS, Form.PATH_BASENAME: to.no_bare_names}),
    _patch("account-halves-swapped", "sigma spl", "`user.name` is looked for in the domain",
           "account",
           forms___TEXT_FORMS={**_TEXT_FORMS, Form.DOMAIN_USER: to.other_half_of_account}),
    _patch("digest-without-algorithm", "sigma", "`MD5=` is left out before the digest",
           "digest",
           forms___TEXT_FORMS={**_TEXT_FORMS, Form.HASH_BLOB: to.digest_without_algorithm}),
    _patch("guid-without-braces", "sigma spl", "a GUID is looked for without its braces",
           "guid", forms___TEXT_FORMS={**_TEXT_FORMS, Form.GUID_BRACED: to.guid_without_braces}),
    _patch("word-not-translated", "sigma spl", "`egress` is not written as the source's `true`",
           "word", forms___TEXT_FORMS={**_TEXT_FORMS, Form.WORDS: to.word_not_translated}),
    _patch("term-without-edges", "eql sigma spl", "`has` becomes `contains`",
           "term", patterns__term=to.term_without_edges),
    _patch("pattern-without-anchors", "kql spl", "`like` by a regex is found inside a longer value",
           "like_cased", patterns__pattern_regex=to.pattern_without_anchors),
    _patch("prefix-is-suffix", "all", "a regex that begins with `^` becomes a suffix",
           "regex_begins", patterns__cheapest=to.starts_and_ends_swapped),
)

_OPTIONS = (
    _patch("other-names-not-read", "all", "`-r` is not read as `--require`",
           "option_value", options___other_pairs=to.none_of_them),
    _patch("value-is-no-option's", "eql esql sigma spl", "the value of `-r` ends the options",
           "option", writing___taker=to.no_option),
    _patch("value-is-no-option's-in-parts", "kql", "what follows `--title` is the script",
           "script_parted", kql_programs__any_name=to.no_name),
    _patch("quote-in-a-name", "sigma spl", '`-"e"` is not read as `-e`',
           "option", written___HIDDEN=to.NEVER),
    _patch("odd-arguments-lost", "eql esql sigma spl", r"nothing is read behind `\"`",
           "option", written__AFTER_ODD=NOTHING),
    _patch("value-in-one-argument-only", "eql esql sigma spl", "`-r x` is not `--require=x`",
           "option_value", writing___next_to=to.nothing_next_to),
    _patch("hyphen-is-no-underscore", "kql", "`--inspect_port` is another option",
           "script_parted", words__hyphened=to.as_it_is),
    _rewrite("other-name-in-either-case", "kql", "`-E` is read as `-e`",
             "option_parted", r'@"(?=\(\?:\^\|\\x\{1F\}\)-\()', '@"(?i)'),
    _rewrite("dashes-are-the-script", "kql", "`--` does not end the options but is the script",
             "script_parted", r"\(\?:--\\x\{1F\}\)\?", ""),
)

_NUMBERS = (
    _rewrite("at-least-is-more", "all", "`>=` becomes `>`",
             "at_least", r">=|\|gte:", lambda m: "|gt:" if m[0] == "|gte:" else ">"),
    _rewrite("range-off-by-one", "eql spl", "`in 1000..2000` leaves out 2000",
             "between", r"<=", "<"),
    _rewrite("range-off-by-one-in-between", "kql", "`between (1000 .. 2000)` ends at 1999",
             "between", r"\.\. 2000", ".. 1999"),
    _rewrite("range-off-by-one-in-sigma", "sigma", "`|lte: 2000` becomes `|lt: 2000`",
             "between", r"\|lte:", "|lt:"),
    _rewrite("network-too-small", "all", "`/8` becomes `/9`", "network not_network", r"/8\b", "/9"),
    _rewrite("network-too-large", "all", "`/33` becomes `/32`", "network_six", r"/33\b", "/32"),
    _rewrite("network-of-the-other-family", "kql", "an IPv4 network is asked of the IPv6 function",
             "network network_six", r"ipv(4|6)_", lambda m: f"ipv{'6' if m[1] == '4' else '4'}_"),
)

_EQL = (
    _patch("eql-equals-cased", "eql", "`:` becomes `==`, `in~` becomes `in`",
           "equals one_of", eql_write___equals=to.eql_equals_cased),
    _patch("eql-equals-folded", "eql", "`cased` is ignored: `==` becomes `:`",
           "equals_cased one_of_cased", eql_write___equals=to.eql_equals_folded),
    _patch("eql-like-cased", "eql", "`:` with wildcards becomes `like`",
           "contains", eql_write___like=to.eql_like_cased),
    _patch("eql-like-folded", "eql", "`cased` is ignored: `like` becomes `:`",
           "contains_cased like_cased", eql_write___like=to.eql_like_folded),
    _rewrite("eql-regex-cased", "eql", "`regex~` becomes `regex`", "regex_text", "regex~", "regex"),
    _rewrite("eql-regex-folded", "eql", "`regex` becomes `regex~`",
             "regex_cased", r"\bregex ", "regex~ "),
    _rewrite("eql-list-with-wildcards", "eql", "`in~`, which has no wildcards, becomes `:`",
             "equals_wild", "in~", ":"),
    _patch("eql-star-moved", "eql",
           "`x*` becomes `*x`", "prefix", eql_write___like=to.eql_star_moved),
    _patch("eql-star-dropped", "eql", "`*x*` becomes `x*`, `*x` becomes `x`",
           "contains suffix", eql_write___like=to.eql_star_dropped),
    _patch("eql-backslash-not-escaped", "eql", "a backslash stands alone between quotes",
           "backslash two_backslashes",
           eql_write___ESCAPES={k: v for k, v in eql._ESCAPES.items() if k != "\\"}),
    _patch("eql-backslash-is-a-tab", "eql", r"`\temp` stands in quotes as it is: a tab, and `emp`",
           "backslash_and_t",
           eql_write___ESCAPES={k: v for k, v in eql._ESCAPES.items() if k != "\\"}),
    _patch("eql-quote-not-escaped", "eql", "a quote ends the literal",
           "only_quote", eql_write___ESCAPES={k: v for k, v in eql._ESCAPES.items() if k != '"'}),
    _patch("eql-regex-not-whole", "eql", "a search becomes a match of the whole value",
           "regex_text", eql_write__whole=to.as_it_is),
    _patch("eql-regex-operators-not-escaped", "eql", "Lucene's `@ # & < > ~` are not escaped",
           "operator_signs", lucene___RESERVED=lucene._RESERVED - set("@#&<>~")),
    _patch("eql-not-dropped", "eql", "`not` is left out",
           "and_not", eql_write___block=to.eql_not_dropped),
    _patch("eql-de-morgan", "eql", "`not (a and b)` becomes `not a and not b`",
           "not_and", eql_write__push_not=to.not_pushed_without_turning),
    _patch("eql-guard-dropped", "eql", "`?f == null or` is left out before `not`",
           "unmapped", eql_write___guard_field=to.eql_no_guard),
    _patch("eql-or-is-and", "eql", "`or` becomes `and`",
           "and_in_or", eql_write__trailing=to.or_is_and),
    _rewrite("eql-all-is-any", "eql", "`contains all` becomes one list", "arguments contains_all",
             r' : "\*-a\*" and\n.*?"\*-b\*"', ' : ("*-a*", "*-b*")'),
    _rewrite("eql-empty-text-exists", "eql", '`!= ""` is left out',
             "exists_empty", r' and \S+ != ""', ""),
    _rewrite("eql-empty-text-among-others", "eql",
             "presence in a list is asked of no value in particular",
             "some_argument", r'(process\.args) : "\?\*"', r'(\1 != null and \1 != "")'),
    _patch("eql-last-value-lost", "eql", "a list ends one value early",
           "one_of", eql_write__bracketed=to.last_value_lost),
    _patch("eql-gate-dropped", "eql", "`event.type` is not asked for",
           "file_created", eql_where__gates=to.eql_no_gate),
)

_KQL = (
    _rewrite("kql-equals-cased", "kql", "`=~` becomes `==`, `in~` becomes `in`",
             "equals one_of", r"=~|(?<=in)~", lambda m: "==" if m[0] == "=~" else ""),
    _rewrite("kql-equals-folded", "kql", "`cased` is ignored: `==` becomes `=~`",
             "equals_cased same_cased", r'(?<!ActionType) == ', " =~ "),
    _rewrite("kql-cased-ignored", "kql", "`contains_cs` becomes `contains`",
             "contains_cased prefix_cased", "_cs", ""),
    _patch("kql-prefix-and-suffix-swapped", "kql", "`startswith` becomes `endswith`",
           "prefix suffix_one", kql_condition___PLAIN={
               **kql._PLAIN, model.StartsWith: kql._PLAIN[model.EndsWith],
               model.EndsWith: kql._PLAIN[model.StartsWith]}),
    _rewrite("kql-prefix-anywhere", "kql", "`startswith` and `endswith` become `contains`",
             "prefix suffix_one", "startswith|endswith", "contains"),
    _rewrite("kql-not-verbatim", "kql", "`@` is left out before a literal with backslashes",
             "backslash two_backslashes", r'@(["\'])', r"\1"),
    _rewrite("kql-verbatim-backslash-doubled", "kql",
             "backslashes are doubled in a verbatim literal",
             "backslash", r"\\", r"\\\\"),
    _patch("kql-quote-not-escaped", "kql", "a quote ends the literal",
           "only_quote",
           kql_condition___ESCAPES={k: v for k, v in kql._ESCAPES.items() if k != '"'}),
    _rewrite("kql-term-without-edges", "kql",
             "`has` becomes `contains`", "term", " has ", " contains "),
    _patch("kql-not-dropped", "kql", "`not` is left out",
           "and_not none_of", kql_condition___negation=to.kql_not_dropped),
    _patch("kql-not-of-the-first", "kql", "`not (a or b)` becomes `not a or b`",
           "not_or not_and", kql_condition___negation=to.kql_not_of_the_first),
    _patch("kql-or-is-and", "kql", "`or` becomes `and`",
           "and_in_or or_in_and", kql_condition__leading=to.or_leads_as_and),
    _patch("kql-null-guard-dropped", "kql", "`isnotnull` is left out under `not`",
           "not_more not_between", kql_condition___guarded=to.kql_no_guard),
    _patch("kql-address-guard-dropped", "kql", "`coalesce` is left out under `not`",
           "not_network", kql_condition___networks=to.kql_networks_unguarded),
    _rewrite("kql-mapped-addresses-taken", "kql", 'an IPv4 address is in `::/0`',
             "mapped", r'\w+ contains ":" and ', ""),
    _rewrite("kql-missing-text-is-null", "kql", "`isempty` becomes `isnull`, never true of a text",
             "missing", "isempty", "isnull"),
    _rewrite("kql-absent-texts-are-the-same", "kql", "two missing texts are the same",
             "same", r"isnotempty\(\w+\) and ", ""),
    _patch("kql-wrong-prefilter", "kql", "a text of one branch is asked of every match",
           "optional_text choice", kql_condition___prefilters=to.kql_wrong_prefilter),
    _patch("kql-last-value-lost", "kql", "a list ends one value early",
           "one_of numbers", kql_condition__bracketed=to.last_value_lost),
    _patch("kql-gate-dropped", "kql", "`ActionType` is not asked for",
           "file_created", kql_query___gate=to.kql_no_gate),
    _patch("kql-summary-dropped", "kql", "events come instead of rows",
           "counts", kql_bodies__summarize=to.kql_no_summary),
    _rewrite("kql-bins-too-wide", "kql", "bins of 30 minutes become bins of an hour",
             "counts", r"30m\)", "1h)"),
    _rewrite("kql-key-dropped", "kql", "rows have one key instead of two",
             "counts", r"by DeviceName, ProcessVersionInfoCompanyName", "by DeviceName"),
    _rewrite("kql-absent-text-in-set", "kql", "`make_set_if` becomes `make_set`",
             "sets", r"(= )make_set_if\((\w+), .*\)", r"\1make_set(\2)"),
    _rewrite("kql-absent-text-counted", "kql", "a missing text counts among the distinct",
             "distinct", r"make_set_if\((\w+), isnotempty\(\w+\)\)", r"make_set(\1)"),
    _rewrite("kql-count-of-all", "kql", "`countif` counts every event",
             "counts", r"countif\(.*\)", "count()"),
    _rewrite("kql-last-is-first", "kql",
             "`arg_max` becomes `arg_min`", "edges", "arg_max", "arg_min"),
    _rewrite("kql-first-may-be-absent", "kql",
             "the last event counts, whether it has a value or not",
             "edges", r"iff\(isnotempty\(\w+\), Timestamp, datetime\(null\)\)", "Timestamp"),
    _rewrite("kql-least-is-most", "kql", "`min` becomes `max`", "least", r"\bmin\(", "max("),
)

_SIGMA = (
    _patch("sigma-cased-ignored", "sigma", "`|cased` is left out",
           "equals_cased contains_cased prefix_cased", sigma_items___text=to.sigma_folded),
    _patch("sigma-part-anywhere", "sigma", "`|startswith` and `|endswith` become `|contains`",
           "prefix suffix", sigma_items___text=to.sigma_anywhere),
    _patch("sigma-contains-is-equals", "sigma", "`|contains` is left out",
           "contains contains_any", sigma_items___text=to.sigma_whole),
    _rewrite("sigma-prefix-and-suffix-swapped", "sigma", "`|startswith` becomes `|endswith`",
             "prefix", r"\|startswith", "|endswith"),
    _patch("sigma-backslashes-not-doubled", "sigma", r"`\\srv` is read as `\srv`",
           "two_backslashes", sigma_items__plain=to.sigma_plain_as_it_is),
    _patch("sigma-star-not-escaped", "sigma", "`*` in a literal is a wildcard",
           "equals_wild literal_star", sigma_items__plain=to.sigma_plain_as_it_is),
    _rewrite("sigma-regex-cased", "sigma",
             "`|re|i` becomes `|re`", "regex_text", r"\|re\|i", "|re"),
    _rewrite("sigma-regex-folded", "sigma",
             "`|re` becomes `|re|i`", "regex_cased", r"\|re:", "|re|i:"),
    _rewrite("sigma-any-is-all", "sigma", "`|contains` of a list becomes `|contains|all`",
             "contains_any", r"\|contains:", "|contains|all:"),
    _patch("sigma-de-morgan", "sigma", "`not (a or b)` becomes `not a or not b`",
           "not_or", sigma_items__no=to.sigma_not_turned),
    _rewrite("sigma-not-dropped", "sigma", "`not` is left out of the condition",
             "and_not none_of", r"not (?=filter|1 of)", ""),
    _rewrite("sigma-one-of-is-all-of", "sigma", "`not 1 of` becomes `not all of`",
             "not_or", "not 1 of", "not all of"),
    _rewrite("sigma-all-dropped", "sigma", "`|contains|all` becomes `|contains`",
             "contains_all", r"\|all", ""),
    _patch("sigma-empty-text-exists", "sigma", "an empty text is a value",
           "exists_empty missing_empty", sigma_items___exists=to.sigma_present),
    _patch("sigma-last-value-lost", "sigma", "a list ends one value early",
           "one_of contains_any numbers", sigma_layout___written=to.sigma_last_lost),
    _patch("sigma-gate-narrowed", "sigma", "of `EventID: [4624, 4625]` only the first is left",
           "logon", sigma_events__gated=to.sigma_first_number_only),
    _rewrite("sigma-field-is-a-text", "sigma", "`|fieldref` is left out",
             "same", r"\|fieldref", ""),
)

_SPL = (
    _rewrite("spl-not-is-unequal", "spl", '`NOT f="x"` becomes `f!="x"`, which wants a value',
             "is_not", r'NOT (\w+)=', r"\1!="),
    _patch("spl-absent-guard-dropped", "spl", "`isnull(f) OR` is left out before `NOT`",
           "regex_under_not number_under_not shut_out", spl_where___negated=to.spl_negated_bare),
    _rewrite("spl-address-guard-dropped", "spl", "`NOT cidrmatch(…)` is NULL of an absent address",
             "network_under_not", r"if\((cidrmatch\([^()]*\)), 1, 0\)==0", r"NOT \1"),
    _patch("spl-cased-ignored", "spl", "the base search, which folds, says a test of exact case",
           "contains_cased equals_cased one_of_cased", spl_plan___cased_alike=to.spl_always_alike),
    _patch("spl-de-morgan", "spl", "`NOT (a AND b)` becomes `NOT a AND NOT b` in `where`",
           "regex_under_not", spl_where__push_not=to.not_pushed_without_turning),
    _patch("spl-not-dropped", "spl", "`NOT` is left out of the base search",
           "and_not none_of", spl_search___block=to.spl_not_dropped),
    _patch("spl-or-is-and", "spl", "`OR` becomes `AND`",
           "and_in_or", spl_search__trailing=to.or_is_and),
    _patch("spl-groups-lost", "spl", "`(a AND b) OR c` loses its parentheses: `OR` binds tighter",
           "and_in_or", spl_search___block=to.spl_no_groups),
    _patch("spl-quote-not-escaped", "spl", "a quote ends the literal",
           "only_quote", spl_search___ESCAPES={"\\": "\\\\"}),
    _patch("spl-backslash-not-escaped", "spl", "a backslash stands alone between quotes",
           "quote two_backslashes", spl_search___ESCAPES={'"': '\\"'}),
    _patch("spl-star-is-a-wildcard", "spl", "`*` in a literal stands in the base search alone",
           "literal_star equals_wild", spl_plan__UNSAFE=UNSAFE - {"*"}),
    _patch("spl-network-is-compared", "spl", '`f="10.0.0.0/8"` in the base search is a network',
           "equals_network", spl_plan__is_plain=to.spl_is_plain),
    _rewrite("spl-prefix-is-suffix", "spl", "`x*` becomes `*x`",
             "prefix", r'="([^"*]*)\*"', r'="*\1"'),
    _rewrite("spl-star-dropped", "spl", "`*x*` becomes `x*`", "contains", r'="\*', '="'),
    _patch("spl-wrong-prefilter", "spl", "a text of one branch is asked of every match",
           "optional_text", spl_plan__longest_text=to.longest_anywhere),
    _patch("spl-where-dropped", "spl", "what the base search cannot say is left out",
           "regex term like_cased", spl_raw___where=to.spl_no_where),
    _patch("spl-last-value-lost", "spl", "a list ends one value early",
           "one_of numbers", spl_search__bracketed=to.last_value_lost),
    _patch("spl-gate-dropped", "spl", "`EventCode` is not asked for",
           "file_created", spl_raw___gate=to.spl_no_events),
    _patch("spl-summary-dropped", "spl", "events come instead of rows",
           "counts", spl_bodies__stats=to.spl_no_stats),
    _rewrite("spl-bins-too-wide", "spl", "bins of 30 minutes become bins of an hour",
             "counts", "span=30m", "span=60m"),
    _rewrite("spl-time-overwritten", "spl", "the bin takes the place of the event's own time",
             "binned_times", r"_time AS window", "_time | eval window=_time"),
    _rewrite("spl-key-dropped", "spl", "rows have one key instead of two",
             "counts", "BY Computer Company", "BY Computer"),
    _patch("spl-absent-text-counted", "spl", "`-` counts among the values",
           "distinct sets", spl_values__absent=to.spl_no_absent),
    _rewrite("spl-last-is-first", "spl", "`latest` becomes `earliest`",
             "edges", "latest", "earliest"),
    _rewrite("spl-count-of-all", "spl", "`count(eval(…))` counts every event",
             "counts", r"count\(eval\(.*\)\)", "count"),
)
_STREAMS = (
    _rewrite("eql-span-too-wide", "eql", "`maxspan` is a minute longer",
             "steps", "maxspan=5m", "maxspan=6m"),
    _rewrite("eql-key-dropped", "eql", "events of any two hosts follow each other",
             "steps", r"sequence by host.id", "sequence by host.os.type"),
    _rewrite("eql-runs-too-few", "eql", "two of three in a row are enough",
             "step_repeated", "runs=3", "runs=2"),
    _rewrite("kql-span-open", "kql", "an event just `within` is none",
             "steps three_steps", r"- Start <= 5m", "- Start < 5m"),
    _rewrite("kql-order-lost", "kql", "what comes before is taken for what follows",
             "steps", r"End > Start and End - Start", "End - Start"),
    _rewrite("kql-join-one-row", "kql", "the default join keeps one row a key",
             "steps three_steps", "kind=inner", "kind=innerunique"),
    _rewrite("kql-start-too-early", "kql", "the earliest start is kept, not the latest",
             "steps three_steps", r"Start = max\(Start\)", "Start = min(Start)"),
    _rewrite("kql-until-dropped", "kql", "nothing stops a sequence",
             "steps_until", "Stops == 0", "Stops >= 0"),
    _rewrite("kql-until-from-anywhere", "kql", "what came before the start stops it",
             "steps_until", "until_time > Start and ", ""),
    _rewrite("kql-one-too-few-repeated", "kql", "two of three in a row are enough",
             "step_repeated", r"prev\((\w+), 2\)", r"prev(\1, 1)"),
    _rewrite("kql-part-dropped", "kql", "the second table is left out",
             "parts", r'"b"', '"c"'),
    _rewrite("kql-having-dropped", "kql", "every row is kept",
             "kept", r"\| where N >= 2\n", ""),
    _rewrite("kql-window-one-way", "kql", "a window is open at its beginning",
             "slides", r"between \(Moment - 5m \.\.", "between (Moment - 299s .."),
    _rewrite("kql-window-every-time", "kql", "every event of a full window makes a row",
             "slides", r" and not\(prev[^\n]*", ""),
    _rewrite("kql-seen-of-any-host", "kql", "what another host did counts as seen",
             "seen", r"DeviceId == prev\(DeviceId\)", "true"),
    _rewrite("kql-seen-forever", "kql", "what was once seen is never new",
             "seen", r" and Timestamp - prev[^)]*\)[^)]*", ""),
    _rewrite("spl-span-open", "spl", "an event just `within` is none",
             "steps three_steps", r"after_(\w+)<=300", r"after_\1<300"),
    _rewrite("spl-ties-follow", "spl", "what happens at once follows",
             "ties", "sort 0 _time, -step", "sort 0 _time, step"),
    _rewrite("spl-until-dropped", "spl", "nothing stops a sequence",
             "steps_until", r"\(isnull\(ended\)[^\n]*\)", "true()"),
    _rewrite("spl-start-too-early", "spl", "the earliest start is kept, not the latest",
             "steps three_steps", r"max\(eval\(if\(step", "min(eval(if(step"),
    _rewrite("spl-one-too-few-repeated", "spl", "two of three in a row are enough",
             "step_repeated", "a_count==3", "a_count>=2"),
    _rewrite("spl-having-dropped", "spl", "every row is kept",
             "kept", r"\| where N>=2 AND", "| where"),
    _rewrite("spl-window-open", "spl", "a window is open at its beginning",
             "slides", "moment-_time<=300", "moment-_time<300"),
    _rewrite("spl-window-every-time", "spl", "every event of a full window makes a row",
             "slides", r" AND \(isnull\(met_before[^\n]*", ""),
    _rewrite("spl-seen-of-any-host", "spl", "what another host did counts as seen",
             "seen", r"\n    BY Computer", ""),
    _rewrite("spl-seen-forever", "spl", "what was once seen is never new",
             "seen", r"_time-earlier>300", "_time-earlier>3000"),
)
# fmt: on

MUTATIONS = (*_REGEXES, *_LOWERING, *_OPTIONS, *_NUMBERS, *_EQL, *_KQL, *_SIGMA, *_SPL, *_STREAMS)
