"""qbXML, both ways: documents, additions and questions to requests; responses to results.

To add an element form, add its class to ``documents/elements.py`` and its writer to ``render``.
"""

from qbwc.documents.encoding import clean_name, escape, printable
from qbwc.qbxml.custom_fields import (
    CUSTOM_FIELDS,
    custom_field_request,
    custom_fields_of,
)
from qbwc.qbxml.pen import CannotRender, Cut, Macro, Resolve, Txn
from qbwc.qbxml.queries import deleted_request, plain_query, query_request
from qbwc.qbxml.requests import VERSION, addition_request, message_set, request
from qbwc.qbxml.response import NotQbxmlError, Record, Recovery, Response, Result, parse

__all__ = [
    "CUSTOM_FIELDS",
    "VERSION",
    "CannotRender",
    "Cut",
    "Macro",
    "NotQbxmlError",
    "Record",
    "Recovery",
    "Resolve",
    "Response",
    "Result",
    "Txn",
    "addition_request",
    "clean_name",
    "custom_field_request",
    "custom_fields_of",
    "deleted_request",
    "escape",
    "message_set",
    "parse",
    "plain_query",
    "printable",
    "query_request",
    "request",
]
