"""What QuickBooks refuses: a whole document (HResult) or one request of it (Refused)."""

from __future__ import annotations

from typing import Literal

Severity = Literal["Info", "Warn", "Error"]

PARSE_ERROR = "0x80040400"
PARSE_MESSAGE = "QuickBooks found an error when parsing the provided XML text stream."
LIST_RECORD_MISSING = (
    "QuickBooks error message: Invalid argument.  The specified record does not exist in the list."
)


class HResult(Exception):  # noqa: N818 - the name that Intuit's documents use
    """The request processor refused the whole document and processed nothing of it.

    Attributes:
        code: The COM result, e.g. "0x80040400".
        message: What QuickBooks says; it never says more than this.
        detail: What was wrong, which QuickBooks would only write to its own log.
    """

    def __init__(self, code: str, message: str = PARSE_MESSAGE, detail: str = "") -> None:
        super().__init__(f"{code}: {message} {detail}".rstrip())
        self.code = code
        self.message = message
        self.detail = detail


class Crashed(Exception):  # noqa: N818 - it reports what happened, not a fault of the code
    """The machine that runs QuickBooks and the Web Connector went down here."""


class Refused(Exception):  # noqa: N818 - an answer of QuickBooks, not a fault of the code
    """One request was answered with a status code other than 0."""

    def __init__(self, code: int, message: str, severity: Severity = "Error") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.severity = severity


def parse_error(detail: str) -> HResult:
    """The refusal of a document that is not qbXML as its schema says."""
    return HResult(PARSE_ERROR, PARSE_MESSAGE, detail)


def invalid_reference(label: str, value: str, place: str) -> Refused:
    """3140: a reference that names nothing.

    Args:
        label: The kind of record, as QuickBooks calls it, e.g. "Customer".
        value: The ListID or FullName that was sent.
        place: Where it stood, e.g. "SalesOrder" or "SalesOrder line".
    """
    return Refused(
        3140,
        f'There is an invalid reference to QuickBooks {label} "{value}" in the {place}.  '
        + LIST_RECORD_MISSING,
    )


def not_found(object_id: str) -> Refused:
    """3120: the object that a request names by its id is not there."""
    return Refused(
        3120,
        f'Object "{object_id}" specified in the request cannot be found.  ' + LIST_RECORD_MISSING,
    )


def bad_value(field: str, value: str, reason: str) -> Refused:
    """3210: a value that QuickBooks' own rules refuse."""
    return Refused(
        3210,
        f'The "{field}" field has an invalid value "{value}".  QuickBooks error message: {reason}',
    )


def too_much(field: str, value: str) -> Refused:
    """3210 for a payment larger than what is due; QuickBooks marks it Info."""
    refused = bad_value(field, value, "You cannot pay more than the amount due.")
    refused.severity = "Info"
    return refused


def missing(field: str) -> Refused:
    """3150: an element that QuickBooks needs although the schema does not."""
    return Refused(3150, f'There is a missing element: "{field}".')


def feature_off() -> Refused:
    """3250: the company file does not use the feature that a request needs."""
    return Refused(
        3250, "This feature is not enabled or not available in this version of QuickBooks."
    )


def unsupported(field: str) -> Refused:
    """530: a field of the schema that QuickBooks Desktop does not take."""
    return Refused(530, f'The field "{field}" is not supported by this implementation.')


class TooLong(Refused):
    """3070: a text longer than the field.

    Attributes:
        by_schema: Whether the schema limits the field, so that the document can be refused.
    """

    def __init__(self, field: str, value: str, *, by_schema: bool) -> None:
        super().__init__(3070, f'The string "{value}" in the field "{field}" is too long.')
        self.by_schema = by_schema
