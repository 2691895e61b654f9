"""Names that are gone: replaced where something does the same, reported where not, quiet where the file is prepared."""

from __future__ import annotations

import pytest

from flexmigrate.model import FixClass, Severity
from flexmigrate.testing import check_quiet, check_reported, check_rewritten
from tests.rules.source_files import said, service

RULE = "removed-api"

QUIET = {
    "names that stay": service("import collections, time\ncollections.OrderedDict\ntime.time()\n"),
    "typing": service("from typing import Mapping, Callable\nfrom collections import deque\nMapping, deque\n"),
    "collections.abc": service("from collections.abc import Mapping\nimport collections.abc\ncollections.abc.Set\n"),
    "an object of one's own": service("time = Watch()\ntime.clock()\nself.time.clock()\n"),
    "not imported": service("collections.Mapping\n"),
    "a module of the service": service("import time\ntime.clock()\n", time="clock = 1\n"),
    "hasattr": service("import time\nif hasattr(time, 'clock'):\n    t = time.clock()\n"),
    "hasattr in one line": service("import time\nt = time.clock() if hasattr(time, 'clock') else time.time()\n"),
    "try": service("import time\ntry:\n    t = time.clock()\nexcept AttributeError:\n    t = time.time()\n"),
    "try import": service(
        "try:\n    from collections import Mapping\nexcept ImportError:\n    from collections.abc import Mapping\n"
    ),
    "try import and use": service(
        "try:\n    from collections.abc import Set\nexcept ImportError:\n    from collections import Set\n"
        "class A(Set):\n    pass\n"
    ),
    "version": service("import sys, time\nif sys.version_info < (3, 8):\n    t = time.clock()\n"),
    "version in one line": service("import sys, time\nt = time.clock if sys.version_info[0] == 2 else time.time\n"),
    "texts": service('import time\n"""time.clock()"""\nx = "time.clock"\n# time.clock()\n'),
    "tests": service("", tests__test_a="import time\ntime.clock()\n"),
    "assigned": service("import time\ntime.clock = None\n"),
    "is_alive": service("import threading\nt = threading.Thread()\nt.is_alive()\n"),
    "isAlive of a toy": service("toy.isAlive()\n"),
    "numpy's tostring": service("import numpy, array\nnumpy.zeros(3).tostring()\nx.tostring()\n"),
    "lxml": service("from lxml import etree\netree.parse(x).getroot().getchildren()\n"),
    "async functions": service("async def f():\n    await g()\n    async with x: pass\n"),
    "a keyword in a text": service("x = 'f(async=1)'\n# async = 1\n"),
    "a running loop": service("import asyncio\nasyncio.run(main())\n"),
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files, python="3.14")


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("import asyncio\nasyncio.get_event_loop()\n", "3.13"),
        ("import ast\nast.Num\n", "3.13"),
        ("import locale\nlocale.format('%d', 1)\n", "3.11"),
    ],
)
def test_quiet_before_it_is_gone(text: str, python: str) -> None:
    check_quiet(RULE, service(text), python=python)


REPLACED = {
    "attribute": ("import time\nt = time.clock()\n", "import time\nt = time.process_time()\n", FixClass.SAFE),
    "in a function": (
        "import base64\ndef f(x):\n    return base64.encodestring(x)\n",
        "import base64\ndef f(x):\n    return base64.encodebytes(x)\n",
        FixClass.SAFE,
    ),
    "several of one module": (
        "import collections\nx = collections.Mapping, collections.Iterable\n",
        "import collections.abc\nx = collections.abc.Mapping, collections.abc.Iterable\n",
        FixClass.SAFE,
    ),
    "from": (
        "from collections import OrderedDict, Mapping\nOrderedDict, Mapping\n",
        "from collections import OrderedDict\nfrom collections.abc import Mapping\nOrderedDict, Mapping\n",
        FixClass.SAFE,
    ),
    "a module that is gone": (
        "import imp\nimp.reload(x)\n",
        "import importlib\nimportlib.reload(x)\n",
        FixClass.SAFE,
    ),
    "CRLF": ("import time\r\nt = time.clock()\r\n", "import time\r\nt = time.process_time()\r\n", FixClass.SAFE),
    "nearly the same": (
        "import fractions\nfractions.gcd(4, 6)\n",
        "import math\nmath.gcd(4, 6)\n",
        FixClass.UNSAFE,
    ),
    "quote": ("from pipes import quote\nquote(x)\n", "from shlex import quote\nquote(x)\n", FixClass.SAFE),
    "parser": (
        "from configparser import SafeConfigParser\nSafeConfigParser()\n",
        "from configparser import ConfigParser as SafeConfigParser\nSafeConfigParser()\n",
        FixClass.SAFE,
    ),
    "two modules": (
        "import collections\nimport time\nclass A(collections.Mapping):\n    t = time.clock()\n",
        "import collections.abc\nimport time\nclass A(collections.abc.Mapping):\n    t = time.process_time()\n",
        FixClass.SAFE,
    ),
}


@pytest.mark.parametrize(("before", "after", "fix"), REPLACED.values(), ids=REPLACED)
def test_replaced(before: str, after: str, fix: FixClass) -> None:
    found = check_rewritten(RULE, service(before), {"main.py": after}, python="3.14")
    assert {one.fix for one in found} == {fix}


LOUD = {
    "decorator": ("import asyncio\n@asyncio.coroutine\ndef f():\n    yield\n", "asyncio.coroutine", Severity.ERROR),
    "import": ("from platform import linux_distribution\n", "platform.linux_distribution", Severity.ERROR),
    "base class": ("import ast\nclass V(ast.Num):\n    pass\n", "ast.Num", Severity.ERROR),
    "default": ("import ssl\ndef f(wrap=ssl.wrap_socket):\n    pass\n", "ssl.wrap_socket", Severity.ERROR),
    "in a function": ("import ssl\ndef f():\n    ssl.wrap_socket(x)\n", "ssl.wrap_socket", Severity.WARNING),
    "in a lambda": ("import ssl\nf = lambda: ssl.wrap_socket(x)\n", "ssl.wrap_socket", Severity.WARNING),
    "condition": ("import ssl\nif x:\n    ssl.wrap_socket(y)\n", "ssl.wrap_socket", Severity.WARNING),
    "as a script": (
        "import ssl\nif __name__ == '__main__':\n    ssl.wrap_socket(y)\n",
        "ssl.wrap_socket",
        Severity.WARNING,
    ),
    "annotation": ("import ast\ndef f(x: ast.Num):\n    pass\n", "ast.Num", Severity.WARNING),
    "loop": ("import asyncio\nloop = asyncio.get_event_loop()\n", "raises RuntimeError", Severity.WARNING),
    "loop by name": (
        "from asyncio import get_event_loop\nloop = get_event_loop()\n",
        "raises RuntimeError",
        Severity.WARNING,
    ),
    "async as a name": ("x = 1\nf(async=True)\n", "reserved words", Severity.ERROR),
    "asyncio.async": ("import asyncio\nasyncio.async(f())\n", "reserved words", Severity.ERROR),
    "thread": ("import threading\nt = threading.Thread()\nt.isAlive()\n", "isAlive", Severity.WARNING),
    "array": ("import array\na = array.array('b')\na.tostring()\n", "tostring", Severity.WARNING),
    "readfp": ("import configparser\nc = configparser.RawConfigParser()\nc.readfp(f)\n", "readfp", Severity.WARNING),
    "element": ("import xml.etree.ElementTree as E\nroot.getchildren()\n", "getchildren", Severity.WARNING),
}


@pytest.mark.parametrize(("text", "says", "severity"), LOUD.values(), ids=LOUD)
def test_loud(text: str, says: str, severity: Severity) -> None:
    found = check_reported(RULE, service(text), says, python="3.14")
    assert [one.severity for one in found] == [severity]
    assert found[0].hint


def test_test_cases_are_told_once_a_file() -> None:
    text = "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n"
    text += "        self.assertEquals(1, 1)\n        self.assertEquals(2, 2)\n"
    (found,) = said(RULE, service("", tests__test_a=text), python="3.12")
    assert found.severity is Severity.INFO


def test_where_it_cannot_be_replaced_it_stays_an_error() -> None:
    text = "import collections; x = collections.Mapping\n"
    (found,) = said(RULE, service(text), python="3.12")
    assert found.severity is Severity.ERROR
    assert "not edited" in found.hint


def test_a_name_with_two_meanings_is_left_alone() -> None:
    text = "import time\ndef f(time):\n    return time.clock()\n"
    (found,) = said(RULE, service(text), python="3.12")
    assert found.severity is Severity.WARNING
    assert "more than one thing" in found.hint
