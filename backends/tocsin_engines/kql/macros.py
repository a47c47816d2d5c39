"""What the SQL relies on: macros that a connection gets before its first query."""

from typing import Final

from tocsin_engines.kql.sql import EPOCH

_IPV4 = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_QUAD = rf"{_IPV4}(?:\.{_IPV4}){{3}}"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_TEXT = (
    f"ascii_lower(s) AS translate(s, '{_UPPER}', '{_UPPER.lower()}')",
    """whole_number(s) AS
        CASE WHEN regexp_full_match(s, '[+-]?[0-9]+') THEN TRY_CAST(s AS BIGINT) END""",
    """real_number(s) AS
        CASE WHEN regexp_full_match(s, '[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?')
        THEN TRY_CAST(s AS DOUBLE) END""",
)

_DYNAMIC = (
    # JSON's null is Kusto's.
    "dynamic(d) AS CASE WHEN json_type(d) <> 'NULL' THEN d END",
    # Of a text itself, of null none, else its JSON.
    """dynamic_text(d) AS CASE json_type(d) WHEN 'VARCHAR' THEN d ->> '$'
        ELSE coalesce(CAST(d AS VARCHAR), '') END""",
    """dynamic_real(d) AS CASE WHEN json_type(d) IN ('UBIGINT', 'BIGINT', 'DOUBLE')
        THEN CAST(d AS DOUBLE) END""",
    """dynamic_whole(d) AS CASE json_type(d) WHEN 'VARCHAR' THEN whole_number(d ->> '$')
        WHEN 'BIGINT' THEN TRY_CAST(d AS BIGINT) WHEN 'UBIGINT' THEN TRY_CAST(d AS BIGINT)
        WHEN 'DOUBLE' THEN TRY_CAST(trunc(CAST(d AS DOUBLE)) AS BIGINT) END""",
    """parse(s) AS CASE WHEN s = '' THEN NULL WHEN json_valid(s) THEN dynamic(json(s))
        ELSE to_json(s) END""",
    """property(d, path) AS
        CASE WHEN json_type(d) = 'OBJECT' THEN dynamic(json_extract(d, path)) END""",
    """element(d, path) AS
        CASE WHEN json_type(d) = 'ARRAY' THEN dynamic(json_extract(d, path)) END""",
    """items(d) AS CASE WHEN json_type(d) = 'ARRAY' THEN from_json(d, '["JSON"]')
        WHEN json_type(d) <> 'NULL' THEN [d] END""",
)

_TIME = (
    f"calendar(t) AS make_timestamp((t // 10)::BIGINT - {EPOCH // 10})",
    "iso(t) AS strftime(calendar(t), '%Y-%m-%dT%H:%M:%S.%f') || (t % 10) || 'Z'",
)

# Addresses as hexadecimal text of fixed length: what lies in a range lies between its ends.
_ADDRESSES = (
    f"""ipv4(s) AS CASE WHEN regexp_full_match(s, '{_QUAD}') THEN array_to_string(
        list_transform(string_split(s, '.'), lambda part: printf('%02x', part::INTEGER)), '') END""",
    f"""ipv4_tail(s) AS CASE WHEN regexp_matches(s, ':{_QUAD}$')
        THEN regexp_replace(s, '{_QUAD}$', '') || ipv4(regexp_extract(s, '{_QUAD}$'))[1:4]
            || ':' || ipv4(regexp_extract(s, '{_QUAD}$'))[5:8]
        ELSE s END""",
    "ipv6_side(s) AS CASE WHEN s = '' THEN []::VARCHAR[] ELSE string_split(s, ':') END",
    # `::` stands for one group or more: with too many groups beside it there are nine.
    """ipv6_filled(head, tail) AS
        head || list_resize([]::VARCHAR[], greatest(1, 8 - len(head) - len(tail)), '0') || tail""",
    """ipv6_groups(s) AS CASE len(string_split(s, '::')) WHEN 1 THEN ipv6_side(s)
        WHEN 2 THEN ipv6_filled(ipv6_side(split_part(s, '::', 1)),
            ipv6_side(split_part(s, '::', 2))) END""",
    """ipv6_text(groups) AS CASE WHEN len(groups) = 8 AND list_bool_and(list_transform(groups,
            lambda part: regexp_full_match(part, '[0-9a-f]{1,4}')))
        THEN array_to_string(list_transform(groups, lambda part: lpad(part, 4, '0')), '') END""",
    """ipv6(s) AS coalesce(
        '00000000000000000000ffff' || ipv4(s), ipv6_text(ipv6_groups(ipv4_tail(lower(s)))))""",
)

MACROS: Final = (*_TEXT, *_DYNAMIC, *_TIME, *_ADDRESSES)
