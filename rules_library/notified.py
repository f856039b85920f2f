"""Values that name people: mail addresses, and what somebody hears of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from rules_library.decision import BadValueError, Text
from rules_library.logic import CLEAR

FORBIDDEN = frozenset('<>"()[]:;\\')
TOPICS: Mapping[str, str] = {"failures": "problems", "entries": "new customers and items"}
"""What a rule may tell of an order, by the keys that notices have."""


class Told(NamedTuple):
    """Somebody, and what they hear of."""

    topic: str
    address: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """E-mail addresses with commas between: ``ann@example.com, bob@example.com``."""

    def read(self, value: Any) -> tuple[str, ...]:
        """The addresses, each once; none for nothing."""
        given = list(value) if isinstance(value, (list, tuple)) else [Text().read(value) or ""]
        words = [word for one in given for word in str(Text().read(one) or "").split(",")]
        return tuple(dict.fromkeys(_address(word) for word in words if word.strip()))


@dataclass(frozen=True, slots=True)
class Notified:
    """A topic and who hears of it: ``["failures", "ann@example.com"]``."""

    parts: ClassVar[tuple[str, ...]] = ("Hears of", "Address")

    def read(self, value: Any) -> Told | None:
        """The topic and the address; nothing where there is no address."""
        if value is None or value == CLEAR or isinstance(value, Told):
            return value or None
        if not isinstance(value, (list, tuple)) or len(value) != len(self.parts):
            raise BadValueError(f"{value!r} is not a topic and an address")
        topic, address = value
        if not isinstance(topic, str) or topic not in TOPICS:
            raise BadValueError(f"{topic!r} is none of {', '.join(TOPICS)}")
        text = Text().read(None if address == CLEAR else address)
        return Told(topic, _address(text)) if text else None

    def say(self, parts: Sequence[str]) -> str:
        """The parts, in words each, as one phrase."""
        topic, address = parts
        bare = topic.strip("“”\"'")
        return f"{address} hears of {TOPICS.get(bare, topic)}"


def _address(text: str) -> str:
    found = text.strip().casefold()
    name, _, host = found.rpartition("@")
    plain = found.isprintable() and len(found.split()) == 1 and not set(found) & FORBIDDEN
    if not (name and host and plain) or "@" in name:
        raise BadValueError(f"{text.strip()[:80]!r} is not an e-mail address")
    return found
