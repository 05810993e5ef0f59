"""Which code made a run: the version of the package, and a fingerprint of its source as it stood."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

FOLDERS = ("claims", "graphs", "features", "rules", "scoring", "audit", "training")
"""What can change a figure: the service and the command line only pass it on."""

KINDS = (".py", ".yaml", ".sql")


@cache
def code_version() -> str:
    """Such as "0.1.0+4be1c09f2a31": equal source, equal text, whether installed or checked out."""
    root, digest = Path(__file__).parent.parent, hashlib.sha256()
    for path in sorted(path for folder in FOLDERS for path in (root / folder).rglob("*") if path.suffix in KINDS):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    try:
        released = version("yicha")
    except PackageNotFoundError:
        released = "0"
    return f"{released}+{digest.hexdigest()[:12]}"
