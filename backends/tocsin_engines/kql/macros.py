"""What the SQL relies on: macros that a connection gets before its first query.

A macro copies an argument to wherever it names it, and a query of nested macros would grow beyond
measure. A list of one item, transformed, holds the item once.
"""

from typing import Final

from tocsin_engines.kql.sql import EPOCH

_IPV4 = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_QUAD = rf"{_IPV4}(?:\.{_IPV4}){{3}}"
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{7}Z"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_TEXT = (
    f"ascii_lower(s) AS translate(s, '{_UPPER}', '{_UPPER.lower()}')",
    # A query that doubles a text again and again must end somewhere.
    """bounded(s) AS list_transform([s], lambda it: CASE WHEN strlen(it) > 16777216
        THEN error('a text of more than 16 MiB') ELSE it END)[1]""",
    """whole_number(s) AS CASE WHEN regexp_full_match(s, '[+-]?[0-9]+|0[xX][0-9A-Fa-f]+')
        THEN TRY_CAST(s AS BIGINT) END""",
    """real_number(s) AS
        CASE WHEN regexp_full_match(s, '[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?')
        THEN TRY_CAST(s AS DOUBLE) END""",
)

_DYNAMIC = (
    # JSON's null is Kusto's.
    "dynamic(d) AS CASE WHEN json_type(d) <> 'NULL' THEN d END",
    # Of a text itself, of null none, else its JSON.
    """dynamic_text(d) AS list_transform([d], lambda it: CASE json_type(it)
        WHEN 'VARCHAR' THEN it ->> '$' ELSE coalesce(CAST(it AS VARCHAR), '') END)[1]""",
    """dynamic_real(d) AS list_transform([d], lambda it: CASE
        WHEN json_type(it) IN ('UBIGINT', 'BIGINT', 'DOUBLE') THEN CAST(it AS DOUBLE) END)[1]""",
    """dynamic_whole(d) AS list_transform([d], lambda it: CASE json_type(it)
        WHEN 'VARCHAR' THEN whole_number(it ->> '$')
        WHEN 'BIGINT' THEN TRY_CAST(it AS BIGINT)
        WHEN 'UBIGINT' THEN TRY_CAST(it AS BIGINT)
        WHEN 'DOUBLE' THEN TRY_CAST(trunc(CAST(it AS DOUBLE)) AS BIGINT) END)[1]""",
    """parse(s) AS list_transform([s], lambda it: CASE WHEN it = '' THEN NULL
        WHEN json_valid(it) THEN dynamic(json(it)) ELSE to_json(it) END)[1]""",
    """property(d, path) AS list_transform([d], lambda it: CASE WHEN json_type(it) = 'OBJECT'
        THEN dynamic(json_extract(it, path)) END)[1]""",
    """element(d, path) AS list_transform([d], lambda it: CASE WHEN json_type(it) = 'ARRAY'
        THEN dynamic(json_extract(it, path)) END)[1]""",
    # A bag as a map: of keys that come again, the last.
    """bag(d) AS list_transform([d], lambda it: CASE WHEN json_type(it) = 'OBJECT'
        THEN coalesce(from_json(it, '"MAP(VARCHAR, JSON)"'),
            error('not covered by this engine: a property bag with one key twice')) END)[1]""",
    """merged(bags) AS to_json(coalesce(list_reduce(bags, lambda one, other:
        map_concat(one, other)), MAP {}::MAP(VARCHAR, JSON)))""",
    # What `mv-expand` makes rows of: null is a row, an empty array is none [D:mv-expand].
    """expanded(d) AS list_transform([d], lambda it: CASE json_type(it)
        WHEN 'ARRAY' THEN from_json(it, '["JSON"]')
        WHEN 'OBJECT' THEN error('not covered by this engine: elements of a property bag')
        ELSE [it] END)[1]""",
    # What Python has computed of texts.
    """answer(known, s) AS dynamic(from_json(json_extract(known, '$.values'), '["JSON"]')[
        list_position(from_json(json_extract(known, '$.texts'), '["VARCHAR"]'), s)])""",
    """items(d) AS list_transform([d], lambda it: CASE WHEN json_type(it) = 'ARRAY'
        THEN from_json(it, '["JSON"]') WHEN json_type(it) <> 'NULL' THEN [it] END)[1]""",
)

_TIME = (
    f"calendar(t) AS make_timestamp((t // 10)::BIGINT - {EPOCH // 10})",
    "iso(t) AS strftime(calendar(t), '%Y-%m-%dT%H:%M:%S.%f') || (t % 10) || 'Z'",
    # What `iso` has written.
    rf"""moment(s) AS CASE WHEN regexp_full_match(s, '{_MOMENT}')
        THEN epoch_us(TRY_CAST(s[1:19] AS TIMESTAMP)) * 10 + {EPOCH} + CAST(s[21:27] AS BIGINT)
        END""",
)

# Addresses as hexadecimal text of fixed length: what lies in a range lies between its ends.
_ADDRESSES = (
    f"""ipv4(s) AS CASE WHEN regexp_full_match(s, '{_QUAD}')
        THEN array_to_string(list_transform(string_split(s, '.'),
            lambda part: printf('%02x', part::INTEGER)), '') END""",
    # A tail of four decimal numbers is two groups.
    f"""ipv6_tail(s) AS CASE WHEN regexp_matches(s, ':{_QUAD}$')
        THEN list_transform([ipv4(regexp_extract(s, '{_QUAD}$'))], lambda tail:
            regexp_replace(s, '{_QUAD}$', tail[1:4] || ':' || tail[5:8]))[1]
        ELSE s END""",
    "ipv6_side(s) AS CASE WHEN s = '' THEN []::VARCHAR[] ELSE string_split(s, ':') END",
    # `::` stands for one group or more: with too many groups beside it there are nine.
    """ipv6_filled(sides) AS CASE len(sides) WHEN 1 THEN sides[1]
        WHEN 2 THEN sides[1] || list_resize([]::VARCHAR[],
            greatest(1, 8 - len(sides[1]) - len(sides[2])), '0') || sides[2] END""",
    """ipv6_text(groups) AS CASE WHEN len(groups) = 8
        THEN array_to_string(list_transform(groups, lambda part: lpad(part, 4, '0')), '') END""",
    # Eight groups, or fewer around one `::`, each of one to four digits.
    r"""ipv6_groups(s) AS CASE WHEN regexp_full_match(
            s, '(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?(?:::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?)?')
        THEN list_transform([list_transform(string_split(s, '::'),
            lambda side: ipv6_side(side))], lambda sides: ipv6_filled(sides))[1] END""",
    """ipv6(s) AS list_transform([s], lambda text: coalesce(
        '00000000000000000000ffff' || ipv4(text),
        list_transform([ipv6_tail(lower(text))], lambda whole:
            list_transform([ipv6_groups(whole)], lambda groups: ipv6_text(groups))[1])[1]))[1]""",
)

MACROS: Final = (*_TEXT, *_DYNAMIC, *_TIME, *_ADDRESSES)
