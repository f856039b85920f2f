"""Presets in a company's draft: applied, and the cases made from them updated or detached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.models import Company
from app.rules.draft_state import Draft, open_draft
from app.rules.drafts import record, save_written
from app.rules.rebasing import label_of
from app.rules.releases import changing
from rules_library.preset import PresetError, apply, detach, find, presets, update
from rules_library.rulebook import Rulebook, content_hash

_ID = 12


class UnknownLinkError(LookupError):
    """No case of the company's rules is linked to that preset."""


@dataclass(frozen=True, slots=True)
class LinkedCase:
    """One case that came from a preset."""

    decision: str
    label: str
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Link:
    """A preset as it was once applied, and the cases that it made."""

    id: str
    """Names it among the company's links."""
    key: str
    title: str
    version: int
    newest: int
    """The version that the library has; 0 if it has the preset no more."""
    inputs: Mapping[str, Any]
    cases: tuple[LinkedCase, ...]

    @property
    def is_behind(self) -> bool:
        """Whether an update is offered."""
        return self.newest > self.version


def apply_preset(company: Company, key: str, inputs: Mapping[str, Any], *, author: str) -> Draft:
    """Put a preset's cases and tables into the draft; nothing is published.

    Raises:
        rules_library.preset.PresetError: There is no such preset, or its inputs are wrong.
        rules_library.rulebook.RulebookError: The draft cannot be used with it.
    """
    preset = find(key)
    with changing(company):
        file = open_draft(company).file
        made = Rulebook.from_file(apply(file, preset, inputs)).to_file()
        save_written(company, file, made, author)
        said = f"Preset {preset.title!r} applied in the draft"
        record(company, "preset.applied", said, author)
    return open_draft(company)


def linked(company: Company) -> list[Link]:
    """Every link of the draft's cases to a preset, in the order of the library."""
    return _links(open_draft(company).file)


def update_preset(company: Company, link: str, *, author: str) -> Draft:
    """Let linked cases be as their preset's newest version says, in the draft.

    The draft's changes tell in words what that means; nothing is published.

    Args:
        company: Whose rules they are.
        link: A link's id, or a preset's key for all links to it.
        author: Who does it.

    Raises:
        UnknownLinkError: There is no such link.
        rules_library.preset.PresetError: It is the newest version, or the newest one asks for
            what the link has no answer to.
    """
    with changing(company):
        file = made = open_draft(company).file
        found = _named(company, file, link)
        behind = [one for one in found if one.is_behind]
        if not behind:
            raise PresetError(f"{found[0].title!r} is at its newest version.")
        for one in behind:
            made = update(made, _case(made, one))
            said = f"Preset {one.title!r} updated to version {one.newest} in the draft"
            record(company, "preset.updated", said, author)
        save_written(company, file, Rulebook.from_file(made).to_file(), author)
    return open_draft(company)


def detach_preset(company: Company, link: str, *, author: str) -> Draft:
    """Make linked cases the company's own, in the draft; updates are offered no more.

    Raises:
        UnknownLinkError: There is no such link.
    """
    with changing(company):
        file = open_draft(company).file
        found = _named(company, file, link)
        ids = {one.id for one in found}
        rules = {
            key: {
                **rule,
                "cases": [detach(one) if _id(one) in ids else one for one in rule["cases"]],
            }
            for key, rule in file["rules"].items()
        }
        made = Rulebook.from_file({**file, "rules": rules}).to_file()
        save_written(company, file, made, author)
        record(company, "preset.detached", f"Preset {found[0].title!r} detached", author)
    return open_draft(company)


def _links(file: Mapping[str, Any]) -> list[Link]:
    cases: dict[str, list[LinkedCase]] = {}
    stamps: dict[str, Mapping[str, Any]] = {}
    for key, number, case in _stamped(file):
        name = _id(case)
        stamps[name] = case["preset"]
        label = label_of("rules", key)
        cases.setdefault(name, []).append(LinkedCase(key, label, number, case["title"]))
    found = [_link(name, stamp, cases[name]) for name, stamp in stamps.items()]
    places = {key: place for place, key in enumerate(presets())}
    return sorted(found, key=lambda one: (places.get(one.key, len(places)), one.key, one.id))


def _link(name: str, stamp: Mapping[str, Any], cases: Iterable[LinkedCase]) -> Link:
    preset = presets().get(stamp["key"])
    return Link(
        id=name,
        key=stamp["key"],
        title=preset.title if preset else stamp["key"],
        version=stamp["version"],
        newest=preset.version if preset else 0,
        inputs=stamp.get("inputs", {}),
        cases=tuple(cases),
    )


def _stamped(file: Mapping[str, Any]) -> Iterable[tuple[str, int, Mapping[str, Any]]]:
    for key, rule in file["rules"].items():
        for number, case in enumerate(rule["cases"], start=1):
            if case.get("preset"):
                yield key, number, case


def _id(case: Mapping[str, Any]) -> str:
    stamp = case.get("preset")
    return content_hash(stamp)[:_ID] if stamp else ""


def _named(company: Company, file: Mapping[str, Any], link: str) -> list[Link]:
    found = [one for one in _links(file) if link in (one.id, one.key)]
    if not found:
        raise UnknownLinkError(f"No rule of {company.name} is linked to a preset {link!r}.")
    return found


def _case(file: Mapping[str, Any], link: Link) -> Mapping[str, Any]:
    return next(case for _, _, case in _stamped(file) if _id(case) == link.id)
