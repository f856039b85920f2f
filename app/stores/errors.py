"""What can go wrong with a store, named by what to do next; each says it in words."""

# ruff: noqa: N818 - each name says what happened

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar


class StoreError(Exception):
    """The store could not be used; ``str()`` says what is wrong and what to do."""

    advice: ClassVar[str] = ""
    stops: ClassVar[bool] = False
    """Whether asking again only makes it worse, so that a person acts first."""

    def __init__(
        self, what: str, *, advice: str | None = None, retry_after: timedelta | None = None
    ) -> None:
        """Say what is wrong, in one sentence that holds no secret.

        Args:
            what: The sentence.
            advice: What to do, where it is another thing than the class says.
            retry_after: How long the store wants to be left alone.
        """
        self.what = what
        self.retry_after = retry_after
        self.next_step = self.advice if advice is None else advice
        super().__init__(" ".join(filter(None, (what, self.next_step))))


class SettingsRefused(StoreError, ValueError):
    """The settings cannot be used as they are."""

    advice = "Correct the store's settings."

    def __init__(
        self, what: str, *, advice: str | None = None, fields: Mapping[str, str] | None = None
    ) -> None:
        """Say what is wrong.

        Args:
            what: The sentence, or one for each field.
            advice: What to do, where it is another thing than the class says.
            fields: What is wrong with each setting, by its name; "" is the whole.
        """
        super().__init__(what, advice=advice)
        self.fields = dict(fields or {})


class AddressRefused(StoreError):
    """The store's address is one that may not be called."""

    advice = (
        "Enter the shop's public https address. A shop in your own network is reached when "
        "RULEBOOKS_STORE_NETWORKS names its network."
    )


class StoreMoved(StoreError):
    """The store answers with a redirect, which is never followed: it would get the keys."""

    advice = "Enter the address that the shop itself uses, with or without www."


class StoreNotFound(StoreError):
    """There is no such shop or no such API at the address."""

    advice = "Check the address."


class CertificateRefused(StoreError):
    """The store's certificate proves nothing."""

    advice = "Have the shop's host mend its certificate; nothing is sent until then."


class CredentialsRefused(StoreError):
    """The store knows no such key, or no longer."""

    advice = "Make a new key in the store, enter it in the settings and test the connection."
    stops = True


class PermissionMissing(StoreError):
    """The key is right and may not do this."""

    advice = "Give the key the permission in the store, then test the connection."
    stops = True


class StoreUnavailable(StoreError):
    """The store does not answer at the moment; nothing is lost, it is asked again later."""

    advice = "Nothing needs to be done: it is asked again later."


class StoreBusy(StoreUnavailable):
    """The store was asked too often."""


class StoreAnsweredHtml(StoreError):
    """A web page came where data should: a firewall, a maintenance page, a wrong address."""

    advice = (
        "Open the address in a browser: if it is a maintenance page, wait; if a firewall or "
        "security plugin asks for a check, let this server through; else correct the address."
    )


class StoreAnsweredOddly(StoreError):
    """The answer is no answer to the question."""

    advice = "If it stays so, something between here and the store changes its answers."


class CursorLoops(StoreAnsweredOddly):
    """The store gives the same page again and again."""

    advice = "What came is kept. If it stays so, a cache in front of the shop answers for it."


class AnswerTooLarge(StoreError):
    """The answer is larger than any that is read."""

    advice = "Find the order with the huge contents in the store and shorten it."


class RequestRefused(StoreError):
    """The store refuses what it was asked, and says why."""

    advice = "Correct what it names, in the store or in the settings."


class SignatureRefused(StoreError):
    """A webhook is not signed by the store."""

    advice = "Enter the same secret in the store's webhook and in the settings."


class NotOffered(StoreError):
    """The store cannot do this at all."""

    advice = "Do it in the store itself."
