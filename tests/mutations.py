"""Does the suite notice when the engine is wrong? `python -m tests.mutations` breaks it on purpose.

Each mutation is made in a copy of the working tree, and the tests that are named with it must
fail there. It runs on demand: a mutation takes as long as its tests do until the first fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SHARED = os.environ.get("RULEBOOKS_SHARED", str(ROOT.parent / "shared"))
RULES = ("tests/test_rule.py", "tests/test_rulebook.py")
LOGIC = (
    "tests/test_logic_official.py",
    "tests/test_logic_javascript.py",
    "tests/test_logic_own.py",
)


class Mutation(NamedTuple):
    """One thing that is made wrong."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTATIONS = (
    Mutation(
        "the last case that fits wins", "rules_library/compiled.py",
        "for number, title, when, then in self.parts:  # noqa: B007",
        "for number, title, when, then in self.parts[::-1]:  # noqa: B007", RULES,
    ),
    Mutation(
        "the first case is dropped", "rules_library/rule.py",
        "compiled = CompiledRule(self, tuple(parts), otherwise)",
        "compiled = CompiledRule(self, tuple(parts[1:]), otherwise)", RULES,
    ),
    Mutation(
        "a case that is off counts", "rules_library/rule.py",
        "on = [case for case in self.cases if case.enabled]", "on = list(self.cases)", RULES,
    ),
    Mutation(
        "only the first case that fits is collected", "rules_library/compiled.py",
        "                    fits[number] = title\n",
        "                    fits[number] = title\n                    break\n",
        ("tests/test_collecting.py", *RULES),
    ),
    Mutation(
        "less is at most", "rules_library/logic/compare.py", "python.lt", "python.le", LOGIC,
    ),
    Mutation(
        "greater is at least", "rules_library/logic/compare.py", "python.gt", "python.ge", LOGIC,
    ),
    Mutation(
        "the last of equal tests wins in a switch", "rules_library/logic/switch.py",
        "texts.setdefault(fold_text(constant), index)", "texts[fold_text(constant)] = index",
        ("tests/test_logic_own.py", "tests/test_logic_javascript.py", *RULES),
    ),
    Mutation(
        "an unpaid invoice gets its payment", "qbwc/planning/payments.py",
        'return bool(work.decided["create_payment"]) and not is_unpaid(work)',
        'return bool(work.decided["create_payment"])', ("tests/test_planning_payments.py",),
    ),
    Mutation(
        "an order that does not add up is posted", "qbwc/planning/sales.py",
        "if order.difference and not may_round(work, order.difference):", "if False:",
        ("tests/test_planning_sales.py", "tests/test_planning_causes.py"),
    ),
)  # fmt: skip


def is_caught(mutation: Mutation) -> bool:
    """Whether a test fails once the mutation is made; raises LookupError if it cannot be made."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "x"
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout.split()  # fmt: skip
        for name in listed:
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, copy / name)
        target = copy / mutation.file
        text = target.read_text(encoding="utf-8")
        if mutation.old not in text:
            raise LookupError(f"{mutation.file} has no {mutation.old!r}")
        target.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", *mutation.tests],
            cwd=copy, check=False, capture_output=True,
            env=os.environ | {"RULEBOOKS_SHARED": SHARED},
        )  # fmt: skip
        return ran.returncode == 1


def main() -> int:
    """Make every mutation; 1 if one is not noticed."""
    missed = 0
    for mutation in MUTATIONS:
        caught = is_caught(mutation)
        missed += not caught
        print(f"{'caught' if caught else 'MISSED':<8}{mutation.name}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
