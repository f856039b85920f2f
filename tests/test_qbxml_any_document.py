"""Whatever a document holds, it is written as Intuit's schema demands, or refused by name."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qbwc import documents, lists, qbxml
from qbwc.documents import Document
from qbwc.documents import elements as el
from tests.qbxml_cases import assert_valid, fields, known, posted, schema

KINDS = [(kind, "add") for kind in documents.kinds().values()]
KINDS += [(kind, "mod") for kind in documents.kinds().values() if kind.mod]
ADDITIONS = [(kind, variant) for kind in lists.kinds().values() for variant in kind.add]

quick = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(autouse=True, scope="module")
def _schema() -> None:
    schema()


def table(kind: documents.DocumentKind, action: str) -> el.Table:
    return kind.add if action == "add" else kind.mod or ()


@pytest.mark.parametrize(("kind", "action"), KINDS, ids=lambda value: getattr(value, "name", value))
@given(data=st.data())
@quick
def test_a_document_in_order_is_valid_against_the_schema(
    kind: documents.DocumentKind, action: str, data: st.DataObject
) -> None:
    held = data.draw(fields(table(kind, action), wild=False))
    document = Document(kind=kind.name, action=action, fields=held)
    assert Document.loads(document.dumps()) == document
    assert_valid(qbxml.request(document, "1", resolve=known, txn=posted))


@pytest.mark.parametrize(("kind", "action"), KINDS, ids=lambda value: getattr(value, "name", value))
@given(data=st.data())
@quick
def test_a_document_out_of_order_is_valid_or_refused_with_the_reason(
    kind: documents.DocumentKind, action: str, data: st.DataObject
) -> None:
    held = data.draw(fields(table(kind, action), wild=True))
    document = Document(kind=kind.name, action=action, fields=held)
    try:
        sent = qbxml.request(document, "1", resolve=known, txn=posted)
    except qbxml.CannotRender as refused:
        told = (refused.element.startswith(f"{kind.name}{action.capitalize()}/"), refused.reason)
        assert all(told)
    else:
        assert_valid(sent)


@pytest.mark.parametrize(
    ("kind", "variant"), ADDITIONS, ids=lambda value: getattr(value, "name", value)
)
@given(data=st.data())
@quick
def test_an_addition_is_valid_against_the_schema(
    kind: lists.ListKind, variant: str, data: st.DataObject
) -> None:
    held = data.draw(fields(kind.add[variant], wild=False))
    name = held.pop(kind.name_element)
    addition = lists.Addition(kind=kind.name, variant=variant, full_name=name, fields=held)
    assert lists.Addition.loads(addition.dumps()) == addition
    assert_valid(qbxml.addition_request(addition, "1", known))
