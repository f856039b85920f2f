"""Every benchmark of this folder, as a table: `python -m tests.bench [SCALE]`."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tests.bench


def names() -> list[str]:
    """The benchmarks: modules that have a `run(scale)`."""
    return [
        module.name
        for module in pkgutil.iter_modules(tests.bench.__path__)
        if module.name.startswith("bench_")
    ]


def main() -> None:
    """Run them all and print their figures."""
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    for name in names():
        print(name.removeprefix("bench_"))
        figures = importlib.import_module(f"tests.bench.{name}").run(scale)
        for label, figure in figures.items():
            print(f"{figure:14,.2f}  {label}")


if __name__ == "__main__":
    main()
