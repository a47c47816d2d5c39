"""The functions and options of SPL, from Splunk's Search Reference 9.4."""

import re


def _each(least: int, most: int | None, names: str) -> dict[str, tuple[int, int | None]]:
    return dict.fromkeys(names.split(), (least, most))


# Name: fewest and most arguments, None for any number.
EVAL = (
    _each(0, 0, "false true null pi random now time")
    | _each(0, None, "json_array json_object")
    | _each(1, 1, "abs ceil ceiling exact exp floor ln sigfig sqrt bit_not")
    | _each(1, 1, "acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh")
    | _each(1, 1, "isarray isbool isdouble isint ismv isnotnull isnull isnum isobject isstr typeof")
    | _each(1, 1, "commands mvcount mvdedup mvfilter mvsort mv_to_json_array")
    | _each(1, 1, "json_entries json_keys json_valid")
    | _each(1, 1, "len lower upper urldecode searchmatch md5 sha1 sha256 sha512")
    | _each(1, 2, "log ltrim rtrim round tonumber tostring trim json_array_to_mv")
    | _each(1, None, "avg bit_and bit_or bit_xor coalesce max min mvappend printf sum")
    | _each(2, 2, "atan2 bit_shift_left bit_shift_right hypot pow")
    | _each(2, 2, "cidrmatch ipmask like match nullif relative_time spath split strptime")
    | _each(2, 2, "mvfind mvjoin mvmap")
    | _each(2, 3, "lookup mvindex mvrange mvzip strftime substr")
    | _each(2, None, "case in json_extract json_extract_exact json_has_key_exact json_delete")
    | _each(2, None, "json_append json_extend json_set json_set_exact validate")
    | _each(3, 3, "if replace")
)

STATS = re.compile(
    r"count|c|dc|distinct_count|estdc|estdc_error|avg|mean|max|median|min|mode|range|stdevp?|sum"
    r"|sumsq|varp?|(exact|upper)?perc\d+(\.\d+)?|p\d+|first|last|earliest|latest|earliest_time"
    r"|latest_time|rate|list|values|per_(second|minute|hour|day)|sparkline"
)
# Of STATS, what is not for summaries (tstats, stats-func).
NOT_TSTATS = re.compile(r"c|mean|list|estdc_error|per_.*|sparkline")
CONVERT = {
    *("auto", "ctime", "dur2sec", "memk", "mktime", "mstime", "none", "num"),
    *("rmcomma", "rmunit"),
}
# What a search of multisearch may hold: "only streaming operations".
STREAMING = {"searching", "where", "eval", "fields", "regex", "rex", "rename", "mvexpand", "macro"}
SORT = {"auto", "ip", "num", "str"}

OPTIONS = {
    "rex": "field max_match offset_field mode",
    "bin": "bins minspan span start end aligntime",
    "stats": "partitions allnum delim",
    "eventstats": "allnum",
    "streamstats": "current window global time_window allnum reset_on_change"
    " reset_before reset_after",
    "tstats": "prestats local append summariesonly include_reduced_buckets chunk_size"
    " allow_old_summaries fillnull_value",
    "tstats_from": "datamodel",
    "tstats_by": "span",
    "dedup": "keepevents keepempty consecutive",
    "head": "limit null keeplast",
    "convert": "timeformat",
    "mvexpand": "limit",
    "fillnull": "value",
    "lookup": "local update",
    "join": "type usetime earlier overwrite max left right",
    "append": "extendtimerange maxtime maxout timeout",
    "makeresults": "count annotate splunk_server splunk_server_group format data",
    "inputlookup": "append strict start max",
}
