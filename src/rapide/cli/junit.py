"""The results of contract tests in JUnit's format, which CI systems read."""

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from rapide.contracts.boundaries.session import Results

#: Letters that XML cannot have.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(results: "Results") -> bytes:
    """Return a suite of tests: one for each case, in a class for each operation."""
    failed = sum(bool(failures) for _, failures in results)
    counts = {"tests": str(len(results)), "failures": str(failed), "errors": "0"}
    root = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(root, "testsuite", {"name": "rapide test-contract", **counts})
    for case, failures in results:
        named = {"classname": _clean(case.operation.label), "name": _clean(case.name)}
        test = ElementTree.SubElement(suite, "testcase", named)
        for failure in failures[:1]:
            said = {"message": _clean(failure.expected), "type": failure.kind}
            element = ElementTree.SubElement(test, "failure", said)
            element.text = _clean("\n\n".join(map(str, failures)))
    found: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return found


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
