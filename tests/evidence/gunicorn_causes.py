"""The kinds of failure in the results, each recognised by its decisive line and explained once."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One reason why a gunicorn does not serve."""

    id: str
    pattern: str
    meaning: str
    workers: str = ""

    def explains(self, line: str, worker: str) -> bool:
        """Whether this is the reason behind a decisive line."""
        return re.search(self.pattern, line) is not None and re.fullmatch(self.workers or ".*", worker) is not None


KINDS = (
    Kind(
        "uvicorn-worker-outdated",
        r"The `setup_event_loop` method was replaced|'str' object is not callable",
        "Only an old uvicorn-worker accepts this gunicorn or Python, and it does not fit the uvicorn that comes along.",
        "uvicorn-worker",
    ),
    Kind(
        "uvicorn-worker-config",
        r"'str' object has no attribute '_?version'",
        "It hands uvicorn's workers forwarded_allow_ips as networks where they expect text; 24.1.1 went back to text.",
    ),
    Kind(
        "pkg-resources-missing",
        r"No module named '?pkg_resources",
        "It imports pkg_resources, which is part of setuptools before 82 and of nothing else: without setuptools,"
        " or with setuptools 82 and later, it does not start.",
    ),
    Kind(
        "bundled-six",
        r"No module named '?gunicorn\.six\.moves",
        "It bundles a six whose import hook Python 3.12 no longer calls, so it cannot import its own modules.",
    ),
    Kind(
        "inspect-getargspec",
        r"module '?inspect'? has no attribute '?getargspec",
        "It checks its settings with inspect.getargspec, which Python 3.11 removed.",
    ),
    Kind(
        "collections-abc",
        r"cannot import name '?(?:Mapping|MutableMapping|Iterable|Callable|Sequence)'? from '?collections",
        "It imports an abstract class from collections; Python 3.10 keeps those in collections.abc only.",
    ),
    Kind(
        "futures-missing",
        r"You need (?:to install the )?'(?:concurrent|futures)'",
        "Python 2.7 has no concurrent.futures of its own: its gthread worker needs the package futures.",
        "gthread",
    ),
    Kind(
        "async-keyword",
        r"SyntaxError: invalid syntax \((?:geventlet|ggevent|\w+)\.py, line \d+\)",
        "Its gevent and eventlet workers import a module called async, a reserved word since Python 3.7.",
        "gevent|eventlet",
    ),
    Kind(
        "eventlet-version-info",
        r"module '?eventlet'? has no attribute '?version_info",
        "Its eventlet worker reads eventlet.version_info, which newer eventlet releases no longer have.",
    ),
    Kind(
        "worker-class-missing",
        r"Entry point \('gunicorn\.workers', '\w+'\) not found|class uri 'asgi' invalid|No module named '?asgi\b",
        "This gunicorn has no such worker class: eventlet left with 26.0, asgi came with 24.0.",
    ),
    Kind(
        "packaging-missing",
        r"No module named '?packaging",
        "Its gevent worker imports packaging, which only gunicorn[gevent] or another requirement brings.",
    ),
    Kind(
        "eventlet-already-handled",
        r"cannot import name '?ALREADY_HANDLED",
        "Its eventlet worker imports ALREADY_HANDLED from eventlet.wsgi, which eventlet 0.30.3 removed.",
    ),
    Kind(
        "tornado-io-loop",
        r"unexpected keyword argument 'io_loop'",
        "Its tornado worker passes io_loop, an argument that tornado 5.0 removed.",
        "tornado",
    ),
    Kind(
        "tornado-wsgi",
        r"app\(\) missing 1 required positional argument|takes exactly 2 arguments|takes 2 positional arguments",
        "Its tornado worker wraps WSGI applications only for tornado before 6; with newer ones it calls them wrongly.",
        "tornado",
    ),
)


PINNED_LIBRARY = Kind(
    "pinned-library-broken",
    "",
    "The pinned release of the worker's library does not work on this Python or with what it brings along today.",
)


def cause_of(line: str, worker: str, pinned: bool = False) -> str:
    """The id of the kind that a failed row belongs to; a failure nobody has explained yet stops the facts.

    Old pins fail in as many ways as there are pins, so theirs are told apart only where gunicorn is the reason.
    """
    for kind in KINDS:
        if kind.explains(line, worker):
            return kind.id
    if pinned:
        return PINNED_LIBRARY.id
    raise LookupError(f"no kind in {__name__} explains this failure of worker {worker}: {line}")
