"""`sliding D`: the events of a key, held against each of its moments up to D later.

`streamstats time_window=D` does not say whether the ends of the window belong to it, takes events
of one moment one by one, and counts up to 10,000 (Splunk, "streamstats"). Here every event lies in
two bins as long as the window, its own and the next, where it meets all moments that it can reach.
"""

from tocsin import model
from tocsin.backend import Lowered
from tocsin.text import free_name
from tocsin_backends.spl.having import met
from tocsin_backends.spl.summary import Writer, shown_times, times_of, word
from tocsin_backends.spl.times import at_most
from tocsin_backends.spl.values import by, column_names, listed

MEMORY = (
    "memory for `eventstats` and `mvexpand` (limits.conf, max_mem_usage_mb): an event is a row for"
    " each moment of its keys in the window behind it"
)


def slide(body: model.Summary, rule: Lowered) -> list[str]:
    """Write a row for the first of the moments in a row at which `having` is met."""
    assert body.sliding
    writer = Writer(body, rule)
    keys = writer.keys()
    taken = {*column_names(rule), *writer.named, *keys}
    bin_, moment, is_met, was_met = (
        free_name(each, taken) for each in ("bin", "moment", "met", "met_before")
    )
    rows = writer.rows([*keys, moment])
    length = -(-body.sliding // 1000)
    own = f"floor(_time/{length})"
    outputs = [word(output.name) for output in body.outputs]
    return [
        *writer.evals,
        *listed("| table", list(dict.fromkeys(["_time", *keys, *writer.read]))),
        f"| eval {bin_}=mvappend({own}, {own}+1)",
        f"| mvexpand {bin_}",
        f"| eventstats values(eval(if({own}=={bin_}, _time, null()))) AS {moment}",
        *by([*keys, bin_]),
        f"| mvexpand {moment}",
        f"| where {moment}>=_time AND {at_most(moment, '_time', body.sliding)}",
        *rows,
        f"| eval {is_met}=if({met(body)}, 1, 0)",
        f"| sort 0 {moment}",
        f"| streamstats current=f window=1 global=f last({is_met}) AS {was_met}",
        *by(keys),
        f"| where {is_met}==1 AND (isnull({was_met}) OR {was_met}==0)",
        *listed("| table", [*keys, *outputs, moment]),
        *shown_times([*times_of(body), moment]),
    ]
