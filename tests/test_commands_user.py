"""`rulebooks user`: owners and members."""

from __future__ import annotations

import pytest

from tests.commands import Rulebooks

PASSWORD = "correct-horse\n"


def add(rulebooks: Rulebooks, email: str, *more: str) -> dict[str, object]:
    arguments = ("user", "add", email, "--password-stdin", "--json", *more)
    added: dict[str, object] = rulebooks(*arguments, stdin=PASSWORD).json
    return added


def test_without_a_company_the_person_is_an_owner(rulebooks: Rulebooks) -> None:
    assert add(rulebooks, "Ann@Example.com") == {
        "id": 1, "email": "ann@example.com", "is_owner": True, "company": None, "role": "owner",
    }  # fmt: skip


def test_with_a_company_the_person_is_a_member_of_it(rulebooks: Rulebooks) -> None:
    rulebooks("company", "add", "Acme")
    added = add(rulebooks, "bob@example.com", "--company", "Acme", "--role", "bookkeeper")
    assert (added["is_owner"], added["company"], added["role"]) == (False, 1, "bookkeeper")


def test_a_member_may_become_one_of_a_second_company_and_change_role(rulebooks: Rulebooks) -> None:
    for name in ("Acme", "Zed"):
        rulebooks("company", "add", name)
        add(rulebooks, "bob@example.com", "--company", name)
    add(rulebooks, "bob@example.com", "--company", "Zed", "--role", "admin")
    listed = rulebooks("user", "list", "--json").json
    assert [(one["company"], one["role"]) for one in listed] == [
        ("Acme", "viewer"),
        ("Zed", "admin"),
    ]


def test_list_says_how_to_add_an_owner_when_there_is_nobody(rulebooks: Rulebooks) -> None:
    assert "rulebooks user add EMAIL" in rulebooks("user", "list").out
    add(rulebooks, "ann@example.com")
    assert "ann@example.com  owner" in rulebooks("user", "list").out


def test_the_password_is_kept_as_a_hash(rulebooks: Rulebooks) -> None:
    add(rulebooks, "ann@example.com")
    stored = (rulebooks.folder / "rulebooks.db").read_bytes()
    assert b"$argon2id$" in stored
    assert b"correct-horse" not in stored


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (["ann@example.com"], PASSWORD, "can log in already"),
        (["new@example.com"], "short\n", "at least 10 characters"),
        (["new@example.com"], "", "at least 10 characters"),
        (["new"], PASSWORD, "not an e-mail address"),
        (["@example.com"], PASSWORD, "not an e-mail address"),
        (["new@example.com\n"], PASSWORD, ""),
        (["x" * 250 + "@example.com"], PASSWORD, "not an e-mail address"),
        (["new@example.com", "--company", "Nowhere"], PASSWORD, "no company 'Nowhere'"),
        (["new@example.com", "--role", "emperor"], PASSWORD, "emperor"),
    ],
)
def test_who_cannot_be_added_is_one_clear_line(
    rulebooks: Rulebooks, arguments: list[str], stdin: str, words: str
) -> None:
    add(rulebooks, "ann@example.com")
    if not words:
        assert rulebooks("user", "add", *arguments, "--password-stdin", stdin=stdin).code == 0
        return
    line = rulebooks.fails("user", "add", *arguments, "--password-stdin", stdin=stdin)
    assert words in line
    assert len(rulebooks("user", "list", "--json").json) == 1
