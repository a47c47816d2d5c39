"""SARIF: regions, fixes, links and fingerprints."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from report_cases import make_noisy, one, results
from report_readers import Region, file_of, part, sarif, spoken
from tocsin import reports
from tocsin.diagnostics import Code, Diagnostic, Note
from tocsin.reports import sarif as sarif_report
from tocsin.reports.fingerprints import fingerprints


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    return make_noisy(tmp_path)


def test_regions_are_the_words_that_are_meant(noisy: Path) -> None:
    shown = {}
    for each in results(noisy):
        where = each["locations"][0]["physicalLocation"]
        text = (noisy / file_of(where["artifactLocation"])).read_bytes().decode("utf-8")
        start, end = part(text, where["region"])
        shown[each["ruleId"]] = text[start:end]

    assert shown["E102"] == "process.nmae"
    assert shown["E103"] == "Image"
    assert shown["E101"] == "x.y"


def test_regions_begin_at_one(noisy: Path) -> None:
    def regions() -> Iterator[Region]:
        for each in results(noisy):
            for where in (*each["locations"], *each.get("relatedLocations", ())):
                yield where["physicalLocation"]["region"]

    for region in regions():
        assert region["startLine"] >= 1 <= region["startColumn"]
        assert (region["startLine"], region["startColumn"]) <= (
            region["endLine"],
            region["endColumn"],
        )


def test_a_fix_mends_what_was_found(noisy: Path) -> None:
    path = noisy / "rules" / "noisy.rule"
    fixes = [fix for each in results(noisy) for fix in each.get("fixes", ())]
    text = path.read_text(encoding="utf-8")
    parts = [
        (*part(text, replacement["deletedRegion"]), replacement["insertedContent"]["text"])
        for fix in fixes
        for change in fix["artifactChanges"]
        if file_of(change["artifactLocation"]) == "rules/noisy.rule"
        for replacement in change["replacements"]
    ]
    for start, end, inserted in sorted(parts, reverse=True):
        text = text[:start] + inserted + text[end:]
    path.write_text(text, encoding="utf-8")

    assert len(parts) == 2
    assert {"E102", "E103"}.isdisjoint(each["ruleId"] for each in results(noisy))


def test_a_further_place_is_linked(noisy: Path) -> None:
    (each,) = (each for each in results(noisy) if each["ruleId"] == "E116")
    words, links = spoken(each["message"]["text"])

    assert words.startswith("two rules are named `good`: the same name\n")
    assert links == [("the first one", "1")]
    (related,) = each.get("relatedLocations", [])
    assert related.get("id") == 1
    assert file_of(related["physicalLocation"]["artifactLocation"]) == "rules/good.rule"


def test_a_link_is_called_as_it_is_called() -> None:
    told = one(Code.DUPLICATE_RULE)
    note = Note(r"in [x](2) and \ {0}", told.found[0].span)
    found = [Diagnostic(Code.DUPLICATE_RULE, "m", told.found[0].span, notes=(note,))]
    run = sarif(sarif_report.text(reports.Report(found, told.sources, (), 1, told.named)))

    _, links = spoken(run["results"][0]["message"]["text"])

    assert links == [(r"in [x](2) and \ {{0}}", "1")]


# What GitHub's upload makes of these texts, by the tests of codeql-action.
MADE_BY_GITHUB = {
    "": ["c129715d7a2bc9a3:1"],
    " a\nb\n  \t\tc\n d": [
        "271789c17abda88f:1",
        "54703d4cd895b18:1",
        "180aee12dab6264:1",
        "a23a3dc5e078b07b:1",
    ],
    " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n": [
        "e9496ae3ebfced30:1",
        "fb7c023a8b9ccb3f:1",
        "ce8ba1a563dcdaca:1",
        "e20e36e16fcb0cc8:1",
        "b3edc88f2938467e:1",
        "c8e28b0b4002a3a0:1",
        "c129715d7a2bc9a3:1",
    ],
    "Lorem ipsum dolor sit amet.\n" * 10: [
        *(f"a7f2ff13bc495cf2:{count}" for count in range(1, 7)),
        "a7f2ff1481e87703:1",
        "a9cf91f7bbf1862b:1",
        "55ec222b86bcae53:1",
        "cc97dc7b1d7d8f7b:1",
        "c129715d7a2bc9a3:1",
    ],
}


@pytest.mark.parametrize("text", MADE_BY_GITHUB)
def test_fingerprints_are_those_that_github_makes(text: str) -> None:
    assert fingerprints(text) == MADE_BY_GITHUB[text]


def test_a_fingerprint_stays_when_lines_are_put_above(noisy: Path) -> None:
    def printed() -> dict[tuple[str, str], str]:
        return {
            (each["ruleId"], each["message"]["text"]): each.get("partialFingerprints", {})[
                "primaryLocationLineHash"
            ]
            for each in results(noisy)
        }

    before = printed()
    for path in (noisy / "rules").iterdir():
        path.write_bytes(b"// a line\n/* and more\n*/\n\n" + path.read_bytes())

    assert len(before) > 5
    assert len(set(before.values())) > 3
    assert printed() == before
