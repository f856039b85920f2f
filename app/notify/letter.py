"""A mail as data, written as HTML that looks well in light and dark, and as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from flask import current_app

Tone = Literal["plain", "good", "bad"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a section: what, how much, and what else there is to say."""

    label: str
    value: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines."""

    title: str
    rows: Sequence[Row]
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Letter:
    """What one mail says."""

    subject: str
    title: str
    company: str
    intro: str
    sections: Sequence[Section] = field(default=())
    link: str = ""
    link_label: str = ""
    settings: str = ""
    """Where people choose what they hear of."""
    unsubscribe: str = ""
    """Where whoever reads it switches this topic off."""

    def html(self) -> str:
        """As HTML: no pictures, nothing fetched."""
        template = current_app.jinja_env.get_template("mail/letter.html")
        return template.render(letter=self)

    def text(self) -> str:
        """As plain text."""
        parts = [self.title, self.company, "", self.intro]
        for section in self.sections:
            parts += ["", section.title, "-" * len(section.title)]
            for row in section.rows:
                said = f"{row.label}: {row.value}"
                if row.label.endswith("."):
                    said = f"{row.label} ({row.value})"
                parts.append(said if row.value else row.label)
                parts += [f"    {row.note}"] if row.note else []
        if self.link:
            parts += ["", f"{self.link_label}: {self.link}"]
        if self.settings:
            parts += ["", "--", f"Choose what you hear of: {self.settings}"]
        if self.unsubscribe:
            parts += [f"No more of these mails: {self.unsubscribe}"]
        return "\n".join(parts) + "\n"
