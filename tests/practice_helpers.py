"""A desk to work at a practice company: short requests in, parsed answers out."""

from __future__ import annotations

import functools
from datetime import date
from pathlib import Path
from typing import Any

from lxml import etree

from qbwc.practice import PracticeCompany
from tests.conftest import shared

TODAY = date(2026, 11, 25)


@functools.cache
def schema() -> etree.XMLSchema:
    """Intuit's qbXML 13.0 schema."""
    return etree.XMLSchema(etree.parse(str(shared("qbxml/schema/qbxmlops130.xsd"))))


def document(*requests: str, attributes: str = 'onError="continueOnError"') -> str:
    """A whole qbXML document."""
    inner = "".join(requests)
    return (
        '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?>'
        f"<QBXML><QBXMLMsgsRq {attributes}>{inner}</QBXMLMsgsRq></QBXML>"
    )


def check(request: str) -> None:
    """Fail when Intuit's schema refuses a document that we accept."""
    body = request.partition("?>")[2]
    found = schema()
    root = etree.fromstring(body)
    assert found.validate(root), f"{found.error_log.last_error}\n{request}"


class Answer:
    """One ...Rs element."""

    def __init__(self, element: Any) -> None:
        self.element = element
        self.name = str(element.tag)
        self.code = int(element.get("statusCode"))
        self.severity = element.get("statusSeverity")
        self.message = element.get("statusMessage")

    def __getitem__(self, path: str) -> str:
        """The text at a path anywhere below, e.g. "InvoiceRet/TxnID"."""
        found = self.element.findtext(f".//{path}")
        assert found is not None, f"{path} is not in {etree.tostring(self.element).decode()}"
        return str(found)

    def all(self, path: str) -> list[str]:
        """The texts of all elements at a path."""
        return [one.text or "" for one in self.element.findall(f".//{path}")]

    def has(self, path: str) -> bool:
        """Whether there is an element at a path."""
        return self.element.find(f".//{path}") is not None


class Desk:
    """A practice company on a fixed day whose requests Intuit's schema accepts too."""

    def __init__(self, folder: Path, **options: Any) -> None:
        options = {"today": lambda: TODAY} | options
        self.company = PracticeCompany.open(folder / "practice.qbw", **options)
        self.company.on_request = check

    def __del__(self) -> None:
        self.company.close()

    def ask_all(
        self, *requests: str, attributes: str = 'onError="continueOnError"'
    ) -> list[Answer]:
        """Send a message set; its answers in order."""
        response = self.company.process(document(*requests, attributes=attributes))
        return [Answer(one) for one in etree.fromstring(response.partition("?>")[2])[0]]

    def ask(self, request: str) -> Answer:
        """Send one request."""
        return self.ask_all(request)[0]

    def do(self, request: str) -> Answer:
        """Send one request that must succeed."""
        answer = self.ask(request)
        assert answer.code == 0, answer.message
        return answer

    def customer(self, name: str, extra: str = "") -> str:
        """Add a customer; its ListID."""
        return self.do(add("Customer", f"<Name>{name}</Name>{extra}"))["ListID"]


def add(kind: str, inner: str, tail: str = "") -> str:
    """An ...AddRq."""
    return f"<{kind}AddRq><{kind}Add>{inner}</{kind}Add>{tail}</{kind}AddRq>"


def mod(kind: str, inner: str) -> str:
    """A ...ModRq."""
    return f"<{kind}ModRq><{kind}Mod>{inner}</{kind}Mod></{kind}ModRq>"


def query(kind: str, inner: str = "", attributes: str = "") -> str:
    """A ...QueryRq."""
    return f"<{kind}QueryRq{' ' + attributes if attributes else ''}>{inner}</{kind}QueryRq>"


def ref(name: str, full_name: str) -> str:
    """A reference by FullName."""
    return f"<{name}><FullName>{full_name}</FullName></{name}>"


def line(kind: str, item: str, inner: str = "") -> str:
    """A line; what follows the item in `inner` is in the schema's order."""
    return f"<{kind}LineAdd>{ref('ItemRef', item)}{inner}</{kind}LineAdd>"


def sale(
    kind: str, *lines: str, customer: str = "Web Store", head: str = "", tail: str = ""
) -> str:
    """An ...AddRq of a sales form."""
    return add(kind, f"{ref('CustomerRef', customer)}{head}{''.join(lines)}", tail)
