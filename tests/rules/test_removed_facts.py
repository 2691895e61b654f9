"""The tables of what Pythons took away agree with the interpreters themselves, as far as they are installed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from flexmigrate.model import FixClass
from flexmigrate_rules.facts import removed
from flexmigrate_rules.facts.runtimes import version_key
from tests.rules.source_files import said, service

MINORS = [f"3.{minor}" for minor in range(6, 16)]
MODULES, NAMES, MEMBERS = removed.modules(), removed.names(), removed.members()
ASK = """
import importlib, importlib.util, json, sys, warnings
warnings.simplefilter("ignore")
def module(name):
    try:
        return importlib.util.find_spec(name) is not None or name in sys.builtin_module_names
    except ImportError:
        return False
def there(name):
    parts = name.split(".")
    for n in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:n]))
        except ImportError:
            continue
        for part in parts[n:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False
asked = json.load(sys.stdin)
print(json.dumps([{n: module(n) for n in asked[0]}, {n: there(n) for n in asked[1]}]))
"""


@cache
def interpreter(minor: str) -> str | None:
    """An interpreter of this version, wherever one usually lives."""
    places = [
        *sorted(Path.home().glob(f".pyenv/versions/{minor}.*/bin/python")),
        *Path("/opt").glob(f"*/{minor}/bin/python{minor}"),
        *Path("/usr/bin").glob(f"python{minor}"),
        *Path("/usr/local/bin").glob(f"python{minor}"),
    ]
    return str(places[-1]) if places else None


@cache
def answers(minor: str) -> tuple[dict[str, bool], dict[str, bool]]:
    program = interpreter(minor)
    if program is None:
        pytest.skip(f"Python {minor} is not installed")
    names = [*NAMES, *(f"{one.of}.{one.name}" for one in MEMBERS)]
    # Isolated: a setuptools beside the interpreter would bring distutils back.
    made = subprocess.run(
        [program, "-I", "-S", "-c", ASK], input=json.dumps([list(MODULES), names]), capture_output=True, text=True
    )
    modules, found = json.loads(made.stdout)
    return modules, found


@pytest.mark.parametrize("minor", MINORS)
def test_modules_are_gone_when_the_table_says_so(minor: str) -> None:
    found, _ = answers(minor)
    # Their packages are not part of every build, neither before nor after.
    optional = {"tkinter.tix", "nis", "ossaudiodev", "crypt", "spwd", "lib2to3", "_dummy_thread"}
    for name, one in MODULES.items():
        if one.is_gone(minor):
            assert not found[name], f"{name} is still there"
        else:
            assert found[name] or name in optional, f"{name} is gone already"


@pytest.mark.parametrize("minor", MINORS)
def test_names_are_gone_when_the_table_says_so(minor: str) -> None:
    _, found = answers(minor)
    late = {name for name in NAMES if name.startswith("asyncio.") and "Watcher" in name}
    for name, one in [*NAMES.items(), *((f"{one.of}.{one.name}", one) for one in MEMBERS)]:
        if one.fails:
            continue
        if one.is_gone(minor):
            assert not found[name], f"{name} is still there"
        else:
            assert found[name] or name in late, f"{name} is gone already"


@pytest.mark.parametrize("one", [one for one in NAMES.values() if one.probe], ids=lambda one: one.name)
@pytest.mark.parametrize("minor", MINORS)
def test_what_fails_when_used_does_so(one: removed.GoneName, minor: str) -> None:
    program = interpreter(minor)
    if program is None:
        pytest.skip(f"Python {minor} is not installed")
    made = subprocess.run([program, "-W", "ignore", "-c", one.probe], capture_output=True, check=False)
    assert (made.returncode != 0) is one.is_gone(minor)


def test_the_running_python() -> None:
    running = f"3.{sys.version_info.minor}"
    for name, one in MODULES.items():
        if one.is_gone(running) and name != "distutils":
            assert find_spec(name) is None, name


def test_it_agrees_with_typeshed() -> None:
    versions = next(Path(sys.prefix).rglob("mypy/typeshed/stdlib/VERSIONS"), None)
    if versions is None:
        pytest.skip("mypy is not installed")
    last = dict(re.findall(r"(?m)^(\w[\w.]*): 3\.\d+-3\.(\d+)", versions.read_text(encoding="utf-8")))
    known = {name: int(minor) + 1 for name, minor in last.items() if int(minor) < 14}
    windows = {"_msi", "msilib", "distutils.command.bdist_msi", "_compression"}
    for name, minor in known.items():
        if name not in windows:
            assert MODULES[name].removed == f"3.{minor}", name
    for name, one in MODULES.items():
        if version_key(one.removed) >= (3, 11):
            assert name in known, name


def test_replacements_exist() -> None:
    program = interpreter("3.14") or interpreter("3.13")
    if program is None:
        pytest.skip("no new Python is installed")
    wanted = sorted({one.instead for one in NAMES.values() if one.fix is not FixClass.MANUAL})
    made = subprocess.run(
        [program, "-W", "ignore", "-c", ASK], input=json.dumps([[], wanted]), capture_output=True, text=True
    )
    assert [name for name, there in json.loads(made.stdout)[1].items() if not there] == []


@pytest.mark.parametrize("minor", ["3.12", "3.13", "3.14"])
@pytest.mark.parametrize("name", ["imp", "asyncore", "cgi", "telnetlib", "urllib2", "lib2to3", "parser"])
def test_an_error_of_the_rule_is_one_of_the_interpreter(name: str, minor: str) -> None:
    program = interpreter(minor)
    if program is None:
        pytest.skip(f"Python {minor} is not installed")
    fails = subprocess.run([program, "-I", "-c", f"import {name}"], capture_output=True, check=False).returncode != 0
    assert bool(said("removed-module", service(f"import {name}\n{name}.x\n"), python=minor)) is fails
