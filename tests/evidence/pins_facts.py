"""Turns the rows of pins.csv into the facts file that the rules read."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from packaging.version import Version

from tests.evidence.pins_cases import SMOKES

HEAD = """\
# Which pinned releases install and run on which Python. Generated: change the measurements, not this file.
#
# What stands nowhere was not measured. Lists of releases and Pythons are separated by blanks.
#
# [[rows]]      kind     install: the release alone, from a wheel or by building its source
#                        run: with the newest of all it needs, what a service does first with it
#               outcome  works; fails; refused: by its Requires-Python, or there is no file of it at all;
#                        unknown: it was tried, and what came of it does not tell
#               cause    of a failing run. python: the release itself does not work there;
#                        pkg_resources: it needs that, which setuptools 82 dropped; with setuptools < 82 it works, or
#                        misses something else that it does not ask for itself
# [[pairs]]     releases that fail with the newest `partner` and work with `cap` (all else being as in `remedies`)
# [[remedies]]  ceilings with which the releases were seen to work
"""
_OLD_SETUPTOOLS = "setuptools<82"
# Modules of Python 2 and of Python 3 before the targets, as error messages name them.
_GONE = (
    *(
        "imp",
        "distutils",
        "cgi",
        "cgitb",
        "asyncore",
        "asynchat",
        "pipes",
        "smtpd",
        "telnetlib",
        "lib2to3",
        "crypt",
        "uu",
    ),
    *("formatter", "binhex", "parser", "symbol", "macpath", "imghdr", "sndhdr", "xdrlib", "nntplib", "asyncio.compat"),
    *("UserDict", "ConfigParser", "StringIO", "cStringIO", "urlparse", "urllib2", "httplib", "cookielib", "Queue"),
    *(
        "HTMLParser",
        "exceptions",
        "__builtin__",
        "cPickle",
        "commands",
        "thread",
        "Cookie",
        "SocketServer",
        "md5",
        "sets",
    ),
)
_MISSING = re.compile(r"No module named '([\w.]+)'")

Row = Mapping[str, str]


def generate(path: Path) -> str:
    """The text of pins.toml."""
    with path.open(encoding="utf-8", newline="") as file:
        rows: list[Row] = list(csv.DictReader(file))
    pythons = {_minor(row["python"]): row["python"] for row in rows}
    parts = [
        HEAD,
        f"as_of = {max(row['as_of'] for row in rows)}",
        'source = "measured with tests/evidence/pins.py"',
        "",
    ]
    parts += ["[pythons]", *(f'"{minor}" = "{pythons[minor]}"' for minor in sorted(pythons, key=Version))]
    parts += _table("rows", _rows(rows), ("kind", "package", "outcome", "cause", "line"))
    pairs, remedies = _transitive(rows)
    parts += _table("pairs", pairs, ("package", "partner", "cap", "line"))
    parts += _table("remedies", remedies, ("package", "caps"))
    return "\n".join(parts) + "\n"


def _rows(rows: list[Row]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Signature, release and Python of each answer."""
    by_key: dict[tuple[str, str, str, str], dict[str, Row]] = defaultdict(dict)
    for row in rows:
        by_key[row["kind"], row["package"], row["release"], row["python"]][row["beside"]] = row
    for (kind, package, release, python), found in by_key.items():
        answer = _install(found[""]) if kind == "install" else _run(package, found)
        yield (kind, package, *answer), release, _minor(python)


def _install(row: Row) -> tuple[str, str, str]:
    if "ext/_yaml" in row["line"]:
        # Whether that is compiled at all depends on the machine having libyaml.
        return "unknown", "", ""
    if "longintrepr.h" in row["line"]:
        return "fails", "", _line(row)
    return ("unknown", "", "") if row["outcome"] == "machine" else (row["outcome"], "", _line(row))


def _run(package: str, found: Mapping[str, Row]) -> tuple[str, str, str]:
    plain = found[""]
    if plain["outcome"] == "works":
        return "works", "", ""
    if plain["outcome"] != "fails":
        return "unknown", "", ""
    aged = found.get(_OLD_SETUPTOOLS)
    if aged is not None and aged["outcome"] == "works":
        return "fails", "pkg_resources", _line(plain)
    # Whatever else is set: where the release itself trips over Python, that is the cause.
    for row in found.values():
        if row["outcome"] == "fails" and _own(row["where"], package) and _of_python(row["line"]):
            return "fails", "python", _line(row)
        if row["outcome"] == "fails" and row["line"].startswith(("re.error:", "re.PatternError:")):
            return "fails", "python", _line(row)
    if "'pkg_resources'" in plain["line"]:
        return "fails", "pkg_resources", _line(plain)
    # Said as well, so that nobody concludes from the releases around it.
    return "unknown", "", ""


def _of_python(line: str) -> bool:
    """Whether an error within a release's own files is about Python and not about something that is not installed."""
    missing = _MISSING.search(line)
    if missing is None:
        return not line.startswith("AssertionError")
    # requests takes to an urllib3 of its own, and only where that cannot be imported to another one.
    return (
        missing[1] in _GONE or missing[1] == "urllib3" or missing[1].endswith("six.moves") or ".six.moves" in missing[1]
    )


def _own(where: str, package: str) -> bool:
    if package.startswith("google-") and where.partition(".")[0] == "google":
        # Their releases hold each other and protobuf to versions of their own time.
        return True
    from_package = package.replace("-", "_")
    folder = where.replace("google.", "google_cloud_") if where.startswith("google.") else where
    names = {from_package, from_package.removeprefix("python_"), *_OTHER_FOLDERS.get(package, ())}
    return folder.lower() in names


_OTHER_FOLDERS = {
    "beautifulsoup4": ("bs4",),
    "pyjwt": ("jwt",),
    "pyyaml": ("yaml",),
    "google-api-python-client": ("googleapiclient", "apiclient"),
    "protobuf": ("google",),
    "google-api-core": ("google",),
    "google-auth": ("google",),
    "djangorestframework": ("rest_framework",),
    "python-dateutil": ("dateutil",),
    "python-jose": ("jose",),
    "line-bot-sdk": ("linebot",),
    "setuptools": ("pkg_resources", "setuptools"),
    "attrs": ("attr",),
    "pyopenssl": ("openssl",),
    "python-telegram-bot": ("telegram",),
}


def _transitive(
    rows: list[Row],
) -> tuple[list[tuple[tuple[str, ...], str, str]], list[tuple[tuple[str, ...], str, str]]]:
    pairs: list[tuple[tuple[str, ...], str, str]] = []
    remedies: list[tuple[tuple[str, ...], str, str]] = []
    runs: dict[tuple[str, str, str], dict[frozenset[str], Row]] = defaultdict(dict)
    for row in rows:
        if row["kind"] == "run":
            runs[row["package"], row["release"], row["python"]][frozenset(row["beside"].split())] = row
    for (package, release, python), found in runs.items():
        caps = SMOKES[package].caps
        works = [beside for beside, row in found.items() if row["outcome"] == "works" and beside]
        if not caps or not works or found.get(frozenset(), {}).get("outcome") == "works":
            continue
        fewest = min(works, key=lambda one: (len(one), sorted(one)))
        if fewest == {_OLD_SETUPTOOLS}:
            continue
        remedies.append(((package, " ".join(sorted(fewest))), release, _minor(python)))
        for cap in sorted(fewest & set(caps)):
            others = fewest - {cap}
            # With everything else held down as far as it has to be, this one alone makes it fail.
            without = [row for beside, row in found.items() if others <= beside and cap not in beside]
            failed = [row for row in without if row["outcome"] == "fails"]
            if failed:
                pairs.append(((package, cap.partition("<")[0], cap, _line(failed[-1])), release, _minor(python)))
    return sorted(set(pairs)), sorted(set(remedies))


def _table(name: str, answers: Iterable[tuple[tuple[str, ...], str, str]], names: tuple[str, ...]) -> list[str]:
    """Rows with equal answers as one, for the releases and the Pythons that share it."""
    pythons: dict[tuple[str, ...], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for signature, release, python in answers:
        pythons[signature][release].add(python)
    lines: list[str] = []
    for signature in sorted(pythons):
        groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for release, where in pythons[signature].items():
            groups[tuple(sorted(where, key=Version))].append(release)
        for shared, releases in sorted(groups.items()):
            lines += ["", f"[[{name}]]"]
            lines += [f"{key} = {_text(value)}" for key, value in zip(names, signature, strict=True) if value]
            lines += [f'releases = "{" ".join(sorted(releases, key=Version))}"', f'pythons = "{" ".join(shared)}"']
    return lines or ["", f"{name} = []"]


def _line(row: Row) -> str:
    return row["line"][:160]


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])
