"""The practice company's own grammar against Intuit's schema and against captured requests."""

from __future__ import annotations

import random
import re

import pytest
from lxml import etree

from qbwc.practice.envelope import check_request
from qbwc.practice.errors import HResult
from qbwc.practice.grammar import reference_model
from qbwc.practice.list_models import LIST_MODELS
from qbwc.practice.query_models import QUERY_MODELS
from qbwc.practice.request_models import GRAMMAR
from qbwc.practice.txn_models import TXN_MODELS
from tests.conftest import shared
from tests.practice_helpers import check, document, schema

REQUESTS = sorted(name for name in LIST_MODELS | TXN_MODELS | QUERY_MODELS if name.endswith("Rq"))
SAMPLES = {
    "B": "true", "D": "2026-11-25", "DT": "2026-11-25T08:00:00", "AMT": "1.00", "PRICE": "1.5",
    "QTY": "2", "PCT": "7.25", "INT": "1", "FLOAT": "1.5", "ID": "1-1", "S": "text",
    "GUID": "{00000000-0000-0000-0000-000000000001}",
}  # fmt: skip
MOST = {"ShipToAddress": 50, "AdditionalContactRef": 5, "PrefillAccountRef": 3}


def sample(kind: str) -> str:
    kind = kind.rstrip("!")
    if kind.startswith("E."):
        return min(GRAMMAR._enums[kind[2:]])
    if kind[0] in "SL" and kind[1:].isdigit():
        return "x" * min(int(kind[1:]), 260)
    return SAMPLES[kind]


def children(name: str, dice: random.Random) -> list[str]:
    """Names of children that the model allows, drawn at random."""
    text = GRAMMAR._texts.get(name) or reference_model(name)
    text = re.sub(r":[A-Za-z0-9.!]+", "", text).replace("(", " ( ").replace(")", " ) ")
    tokens = re.sub(r"\) ([?*+])", r")\1", text.replace("|", " | ")).split()
    drawn, rest = draw(tokens, dice)
    assert not rest
    return drawn


def draw(tokens: list[str], dice: random.Random) -> tuple[list[str], list[str]]:
    options: list[list[str]] = [[]]
    while tokens and not tokens[0].startswith(")"):
        token, *tokens = tokens
        if token == "|":
            options.append([])
            continue
        if token == "(":
            start = list(tokens)
            part, tokens = draw(start, dice)
            occurs = tokens.pop(0)[1:]
            repeat = lambda start=start: draw(list(start), dice)[0]  # noqa: E731
        else:
            occurs = token[-1] if token[-1] in "?*+" else ""
            part = [token.rstrip("?*+")]
            repeat = lambda part=part: part  # noqa: E731
        times = {"": 1, "?": dice.randint(0, 1), "*": dice.randint(0, 2)}.get(
            occurs, dice.randint(1, 2)
        )
        for number in range(times):
            options[-1].extend(part if number == 0 else repeat())
    return dice.choice(options), tokens


def generate(name: str, dice: random.Random, depth: int = 0) -> etree._Element:
    element = etree.Element(name)
    types = GRAMMAR.model(name).types
    for child in children(name, dice):
        if types[child]:
            etree.SubElement(element, child).text = sample(types[child])
        else:
            element.append(generate(child, dice, depth + 1))
    return element


@pytest.mark.parametrize("name", REQUESTS)
def test_what_our_grammar_accepts_intuits_schema_accepts(name: str) -> None:
    dice = random.Random(name)
    for _ in range(25):
        request = generate(name, dice)
        check_request(request)
        check(document(etree.tostring(request).decode()))


@pytest.mark.parametrize("name", REQUESTS)
def test_what_intuits_schema_refuses_our_grammar_refuses(name: str) -> None:
    dice = random.Random(name)
    for _ in range(25):
        request = generate(name, dice)
        spoil(request, dice)
        body = document(etree.tostring(request).decode()).partition("?>")[2]
        try:
            check_request(request)
        except HResult:
            continue
        assert schema().validate(etree.fromstring(body)), body


def spoil(request: etree._Element, dice: random.Random) -> None:
    elements = [one for one in request.iter() if one is not request]
    if not elements:
        etree.SubElement(request, "Nonsense")
        return
    victim = dice.choice(elements)
    parent = victim.getparent()
    assert parent is not None
    how = dice.randrange(5)
    if how == 0:
        parent.remove(victim)
    elif how == 1:
        parent.append(victim)
    elif how == 2:
        victim.addnext(etree.fromstring(etree.tostring(victim)))
    elif how == 3 and not len(victim):
        victim.text = dice.choice(["1.234", "yes", "", "x" * 60, "2026-13-01", " 1.00", "1,5"])
    else:
        victim.set("useMacro", "TxnID:1")


def captured_requests() -> list[etree._Element]:
    found = []
    for path in sorted(shared("qbxml/captures").glob("*Rq__*.xml")):
        try:
            root = etree.parse(str(path), etree.XMLParser(remove_comments=True)).getroot()
        except etree.XMLSyntaxError:
            continue
        found.extend(
            one
            for one in root.iter()
            if str(one.tag).endswith("Rq") and GRAMMAR.knows(str(one.tag))
        )
    return found


def test_captured_requests_of_supported_kinds_are_accepted_when_intuits_schema_accepts_them() -> (
    None
):
    seen = 0
    for request in captured_requests():
        body = document(etree.tostring(request, with_tail=False).decode())
        if not schema().validate(etree.fromstring(body.partition("?>")[2])):
            continue
        if request.find(".//TxnDataExtType") is not None:  # lines bring theirs along
            with pytest.raises(HResult):
                check_request(request)
            continue
        check_request(request)
        seen += 1
    assert seen > 50
