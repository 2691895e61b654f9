"""Fuzz one target with coverage feedback, where atheris is installed.

python -m tests.fuzz.with_atheris yaml -max_total_time=300
"""

from __future__ import annotations

import sys


def main() -> None:
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed (pip install atheris)")
    with atheris.instrument_imports(include=["flexmigrate", "flexmigrate_rules"]):
        from tests.fuzz.targets import TARGETS
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: python -m tests.fuzz.with_atheris TARGET [libFuzzer options]\n{' '.join(TARGETS)}")
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
