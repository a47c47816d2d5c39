"""Sigma through public pySigma backends: converters and documents in, queries or errors out.

Needs pySigma and nothing of the project, so that another Python can run it:
`python -I sigma_convert.py` reads a `Job` from standard input and writes an `Outcome`.
Without `-I` the folder of this file comes first, and its `sigma.py` would hide pySigma.
"""

import copyreg
import importlib
import json
import sys
from copy import deepcopy
from importlib import metadata
from typing import TypedDict

from sigma.collection import SigmaCollection
from sigma.conversion.base import Backend
from sigma.processing.pipeline import ProcessingPipeline
from sigma.processing.resolver import ProcessingPipelineResolver

# Cortex XDR keeps the keys of dictionaries in its pipeline; `deepcopy` would not copy them.
copyreg.dispatch_table[type({}.keys())] = lambda keys: (list, (list(keys),))


class Tool(TypedDict):
    """A backend, an output format of it, and pipelines before it; `module:name` each."""

    backend: str
    format: str
    pipelines: list[str]


class Answer(TypedDict):
    """What a backend made of a document: queries, or the error that it raised."""

    queries: list[str]
    error: str


class Job(TypedDict):
    """Documents by name, and by name what is to convert each of them."""

    tools: dict[str, Tool]
    documents: dict[str, str]


class Outcome(TypedDict):
    """Answers by tool and document, why a tool is not there, and the versions in use."""

    answers: dict[str, dict[str, Answer]]
    missing: dict[str, str]
    versions: dict[str, str]


def run(job: Job) -> Outcome:
    """Convert every document with every tool that is there."""
    missing = {name: why for name, tool in job["tools"].items() if (why := _missing(tool))}
    answers = {
        name: {key: convert(tool, text) for key, text in job["documents"].items()}
        for name, tool in job["tools"].items()
        if name not in missing
    }
    return Outcome(answers=answers, missing=missing, versions=_versions())


def convert(tool: Tool, text: str) -> Answer:
    """Convert one document; whatever is raised is the answer."""
    try:
        return Answer(queries=_queries(tool, text), error="")
    except Exception as error:  # A backend raises what it likes; the caller knows what it expects.
        return Answer(queries=[], error=f"{type(error).__name__}: {error}")


def _queries(tool: Tool, text: str) -> list[str]:
    pipelines = ProcessingPipelineResolver({each: _pipeline(each) for each in tool["pipelines"]})
    # By priority, as sigma-cli does it.
    before = pipelines.resolve(list(pipelines.pipelines))
    rules = SigmaCollection.from_yaml(text, collect_errors=False)
    backend = _fresh(_backend(tool["backend"]))(before, collect_errors=False)
    found = backend.convert(rules, tool["format"])
    # Some formats and pipelines join the queries into one text at the end.
    return [str(each) for each in ([found] if isinstance(found, str) else found)]


def _fresh(kind: type[Backend]) -> type[Backend]:
    """Derive from KIND what has a pipeline of its own: some append to their message at each error.

    Else an error would also name what an earlier document was refused for.
    """
    own = {"backend_processing_pipeline": deepcopy(kind.backend_processing_pipeline)}
    return type(kind.__name__, (kind,), own)


def _missing(tool: Tool) -> str:
    try:
        _backend(tool["backend"])
        for each in tool["pipelines"]:
            _pipeline(each)
    except (ImportError, AttributeError) as error:  # Not installed, or made for another pySigma.
        return str(error)
    return ""


def _backend(path: str) -> type[Backend]:
    kind = _named(path)
    assert isinstance(kind, type)
    assert issubclass(kind, Backend)
    return kind


def _pipeline(path: str) -> ProcessingPipeline:
    make = _named(path)
    assert callable(make)
    made = make()
    assert isinstance(made, ProcessingPipeline)
    return made


def _named(path: str) -> object:
    module, _, name = path.partition(":")
    found: object = getattr(importlib.import_module(module), name)
    return found


def _versions() -> dict[str, str]:
    found = ((each.name, each.version) for each in metadata.distributions())
    return {name.lower(): version for name, version in found if "sigma" in name.lower()}


def _refuse_network(event: str, _arguments: object) -> None:
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        raise AssertionError("pySigma reached for the network")


if __name__ == "__main__":
    sys.addaudithook(_refuse_network)
    json.dump(run(json.load(sys.stdin)), sys.stdout)
