"""The strong peer: pySigma alone, all four targets in one process, rules read once by libyaml.

Run by the peer's own Python: `strong.py RULES OUT [pipelines]`.
"""

import sys
from pathlib import Path

import yaml
from sigma.backends.elasticsearch import EqlBackend, LuceneBackend
from sigma.backends.kusto import KustoBackend
from sigma.backends.splunk import SplunkBackend
from sigma.collection import SigmaCollection


def main() -> None:
    """Convert every rule of a folder for the four targets, a file each."""
    rules, out, *options = sys.argv[1:]
    documents = [
        document
        for path in sorted(Path(rules).glob("*.yml"))
        for document in yaml.load_all(path.read_bytes(), Loader=yaml.CSafeLoader)
    ]
    pipelines = "pipelines" in options
    shared = None if pipelines else SigmaCollection.from_dicts(documents)
    for name, backend in _backends(pipelines=pipelines).items():
        # A pipeline changes the rules that it is given.
        texts = backend.convert(shared or SigmaCollection.from_dicts(documents))
        (Path(out) / name).write_text("\n\n".join(map(str, texts)), encoding="utf-8")


def _backends(*, pipelines: bool) -> dict[str, EqlBackend]:
    if not pipelines:
        kinds = (EqlBackend, KustoBackend, SplunkBackend, LuceneBackend)
        return {kind.__name__: kind() for kind in kinds}
    from sigma.pipelines.elasticsearch.windows import ecs_windows
    from sigma.pipelines.microsoftxdr import microsoft_xdr_pipeline
    from sigma.pipelines.splunk import splunk_windows_pipeline

    return {
        "eql": EqlBackend(ecs_windows()),
        "kusto": KustoBackend(microsoft_xdr_pipeline()),
        "splunk": SplunkBackend(splunk_windows_pipeline()),
        "lucene": LuceneBackend(ecs_windows()),
    }


if __name__ == "__main__":
    main()
