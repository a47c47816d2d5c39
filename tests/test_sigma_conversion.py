"""Every Sigma golden through the public pySigma backends: it converts, or is refused as foreseen.

Whether the query means the same is not asked here; docs/fidelity.md lists where it does not.
"""

import pytest

from gates import Missing, sigma_convert
from gates import sigma_converters as public
from gates.sigma_converters import CONVERTERS, DOCUMENTS, REFUSALS, Converter, Document
from gates.skip import where_missing

SQLITE = sigma_convert.Tool(
    backend="sigma.backends.sqlite:sqliteBackend", format="default", pipelines=[]
)
RULE = """
title: T
logsource: {category: process_creation, product: windows}
detection:
  s: {Image|endswith: '\\node.exe', Product|exists: true, Hash|contains|cased: [a, b]}
  t: [{A: 1}, {B|cidr: 10.0.0.0/8}]
  condition: s and t
"""


def answer(converter: Converter, document: Document) -> sigma_convert.Answer:
    """Skip, by name, what is nowhere; in CI another Python, if there is one, has to have it."""
    if public.elsewhere():
        with where_missing():
            return public.answer(converter, document)
    try:
        return public.answer(converter, document)
    except Missing as missing:
        pytest.skip(f"{missing}; see tests/gates/sigma_convert.txt, or set TOCSIN_SIGMA_PYTHON")


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
@pytest.mark.parametrize("converter", CONVERTERS, ids=str)
def test_a_public_backend_converts_it(converter: Converter, document: Document) -> None:
    marks = public.marks(document.text)
    foreseen = [text for each in converter.refusals for text in each.sayings(marks)]

    found = answer(converter, document)

    if foreseen:
        assert any(text in found["error"] for text in foreseen), public.versions(converter)
    else:
        assert found["error"] == "", public.versions(converter)
        assert found["queries"]
        assert all(query.strip() for query in found["queries"])


def test_every_refusal_is_met_by_a_document_and_used_by_a_converter() -> None:
    marks = [public.marks(each.text) for each in DOCUMENTS]
    used = {each for converter in CONVERTERS for each in converter.refusals}

    assert used == set(REFUSALS.values())
    for refusal in REFUSALS.values():
        for each in refusal.when:
            assert any(of_one.issuperset(each.split()) for of_one in marks), each


def test_marks_are_fields_modifiers_and_log_source() -> None:
    assert public.marks(RULE) >= {
        *("process_creation", "windows", "Image", "Product", "Hash", "A", "B"),
        *("|endswith", "|exists", "|contains", "|cased", "|cased[]", "|cidr", "Image|endswith"),
    }
    assert "|cidr[]" not in public.marks(RULE)


def test_what_a_backend_raises_is_its_answer() -> None:
    pytest.importorskip("sigma.backends.sqlite")

    broken = sigma_convert.convert(SQLITE, RULE.replace("s and t", "s and u"))

    assert broken["queries"] == []
    assert broken["error"].startswith("SigmaConditionError: ")


def test_an_error_names_nothing_of_an_earlier_document() -> None:
    pytest.importorskip("sigma.backends.sentinelone")
    tool = sigma_convert.Tool(
        backend="sigma.backends.sentinelone:SentinelOneBackend", format="default", pipelines=[]
    )
    one, other = (RULE.replace("|contains|cased", "").replace("Hash", name) for name in "CD")
    one, other = (text.replace("{A: 1}, {B|cidr: 10.0.0.0/8}", "User: x") for text in (one, other))

    errors = [sigma_convert.convert(tool, text)["error"] for text in (one, other)]

    assert ["encountered: C." in error for error in errors] == [True, False]


def test_a_converter_that_is_not_there_is_named_as_missing() -> None:
    tool = sigma_convert.Tool(backend="sigma.backends.none:B", format="default", pipelines=[])

    outcome = sigma_convert.run({"tools": {"none": tool}, "documents": {"rule": RULE}})

    assert outcome["answers"] == {}
    assert outcome["missing"] == {"none": "No module named 'sigma.backends.none'"}
