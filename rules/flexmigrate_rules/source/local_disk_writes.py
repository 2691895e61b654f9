"""Find files that the program writes.

A flexible instance has a disk. Cloud Run's file system is memory: what is written counts against the memory limit until
the instance ends, and is gone with it, which may be any minute. Uploads, reports, SQLite databases and log files belong
into Cloud Storage, a database and stdout; small files under /tmp are fine as long as the memory has room for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule

if TYPE_CHECKING:
    from flexmigrate_rules.source._run_reading import Call, RunReading
    from flexmigrate_rules.source._sources import SourceFile

_NEEDLES = (b"open(", b"write_text", b"write_bytes", b"sqlite", b"FileHandler", b"MEDIA_ROOT", b"UPLOAD_FOLDER")
_OPENING = frozenset(("open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "?.open"))
_FLEETING = ("/tmp", "/dev/", "/var/tmp", "/proc/", ":memory:")
_SQLITE_URL = re.compile(r"sqlite:///(?!:memory:|/tmp/|$)")
_KINDS = {
    "file": ("writes files", "keep them in Cloud Storage, or mount a bucket as a volume"),
    "database": ("keeps data in a SQLite file", "use Cloud SQL or Firestore"),
    "log": ("logs to a file", "log to stdout, from where Cloud Logging takes it"),
    "upload": ("stores uploads in a folder", "store them in Cloud Storage (django-storages for Django)"),
}


def check(service: Service, context: Context) -> Iterator[Finding]:
    from flexmigrate_rules.source._run_reading import files

    for file, reading in files(service, *_NEEDLES):
        places: dict[str, list[int]] = {}
        for kind, offset in _writes(file, reading):
            places.setdefault(kind, []).append(offset)
        for kind, found in places.items():
            what, hint = _KINDS[kind]
            more = f" ({len(found)} places)" if len(found) > 1 else ""
            yield Finding(
                f"{file.path.rpartition('/')[2]} {what}{more}: that is memory on Cloud Run, and gone with the instance",
                file.path,
                min(found),
                hint=hint,
                key=kind,
            )


def _writes(file: SourceFile, reading: RunReading) -> Iterator[tuple[str, int]]:
    for call in reading.calls:
        kind = _kind(call, b"tempfile" in file.imports)
        if kind:
            yield kind, call.offset
    for text in reading.texts:
        if text.value == "django.db.backends.sqlite3" or _SQLITE_URL.match(text.value):
            yield "database", text.offset
    if file.mentions(b"MEDIA_ROOT =", b"MEDIA_ROOT=") and not file.mentions(b"DEFAULT_FILE_STORAGE", b"STORAGES"):
        yield "upload", _place(file, b"MEDIA_ROOT")
    elif file.mentions(b"UPLOAD_FOLDER'] =", b'UPLOAD_FOLDER"] ='):
        yield "upload", _place(file, b"UPLOAD_FOLDER")


def _place(file: SourceFile, name: bytes) -> int:
    return len(file.data[: file.data.index(name)].decode("utf-8", "replace"))


def _kind(call: Call, temporary: bool) -> str:
    last = call.name.rpartition(".")[2]
    first = call.arguments[0] if call.arguments else None
    if first is not None and first.startswith(_FLEETING):
        return ""
    if call.name in _OPENING:
        mode = dict(call.keywords).get("mode") or (call.arguments[1] if len(call.arguments) > 1 else None)
        if call.name == "?.open":
            # `Path(...).open("w")`; an `open` of anything else takes other arguments.
            mode = first
        writing = mode is not None and len(mode) <= 4 and any(letter in mode for letter in "wax+")
        unknown = first is None and temporary
        return "file" if writing and not unknown else ""
    if last in ("write_text", "write_bytes") and not temporary:
        return "file"
    if call.name in ("sqlite3.connect", "sqlite3.dbapi2.connect"):
        return "database"
    if call.name.startswith("logging.") and last.endswith("FileHandler"):
        return "log"
    return ""


_EXAMPLE = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
    "main.py": "def save(name, data):\n    with open('uploads/' + name, 'wb') as file:\n        file.write(data)\n",
}

RULE = Rule(
    check=check,
    summary="files written to what is memory on Cloud Run",
    severity=Severity.WARNING,
    fix=FixClass.MANUAL,
    source="https://docs.cloud.google.com/run/docs/container-contract",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(before=_EXAMPLE, after=_EXAMPLE, says="main.py writes files", platform=Platform.CLOUD_RUN),
)
