"""The grammar of every request that the practice company understands, qbXML 13.0."""

from __future__ import annotations

from qbwc.practice.grammar import Grammar
from qbwc.practice.list_models import LIST_ENUMS, LIST_MODELS
from qbwc.practice.query_models import QUERY_ENUMS, QUERY_MODELS
from qbwc.practice.txn_models import MACRO_ELEMENTS, TXN_ENUMS, TXN_MODELS

GRAMMAR = Grammar(
    LIST_MODELS | TXN_MODELS | QUERY_MODELS,
    LIST_ENUMS | TXN_ENUMS | QUERY_ENUMS,
    MACRO_ELEMENTS,
)
