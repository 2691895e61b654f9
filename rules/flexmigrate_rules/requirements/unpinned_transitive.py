"""Hold down what an old pin needs, where its newest release breaks the pin.

`Flask==1.0.2` pins Flask and leaves to pip which Werkzeug, Jinja2, MarkupSafe and itsdangerous come with it: the newest
that Flask's metadata allows. Those have dropped names since which Flask 1.0.2 imports, so what was built years ago
cannot be built again. The table behind this rule holds for each release which of its companions break it, and the
ceilings with which it was seen to work; a companion that the requirements pin themselves is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.requirements._requirements import Wanted, add, place, wanted, with_rewrites
from flexmigrate_rules.requirements._use import imported

_NEWEST = "9999"


def check(service: Service, context: Context) -> Iterator[Finding]:
    found = wanted(service, context)
    if found is None:
        return
    from flexmigrate_rules.facts import pins

    table = pins.load()
    for name in found.effective:
        version = found.pinned(name)
        entry = found.line_deciding(name) or found.first(name)
        if (
            version is None
            or entry is None
            or table.install(name, version, found.python).outcome in ("fails", "refused")
        ):
            continue
        pairs = [pair for pair in table.pairs(name, version, found.python) if _free(found, pair.partner)]
        if not pairs or table.run(name, version, found.python).cause == "python":
            continue
        used = imported(service, name)
        listed = [pair.partner for pair in pairs]
        who = listed[0] if len(listed) == 1 else ", ".join(listed[:-1]) + f" and {listed[-1]}"
        line = pairs[0].line.partition(" (")[0]
        caps = [cap for cap in table.remedy(name, version, found.python) if _free(found, cap.partition("<")[0])]
        yield with_rewrites(
            Finding(
                f"{entry.written or name} {version} does not work with the newest {who}, which nothing holds down: "
                f"{line} (measured {table.as_of} on Python {found.python})",
                entry.path,
                place(entry),
                severity=Severity.WARNING if used is False else Severity.ERROR,
                key=f"transitive:{name}",
            ),
            _rewrites(service, found, caps),
            "add " + ", ".join(f"`{cap}`" for cap in caps) + f" to {found.path}",
        )


def _free(found: Wanted, partner: str) -> bool:
    """Whether pip takes the newest of a package as far as the requirements go."""
    own = found.effective.get(partner)
    if own is None:
        narrowed = [one for one in found.requirements.constraints if one.name == partner]
        return all(one.specifier is not None and one.specifier.contains(_NEWEST) for one in narrowed)
    return own.specifier is not None and own.specifier.contains(_NEWEST)


def _rewrites(service: Service, found: Wanted, caps: list[str]) -> Iterator[Rewrite]:
    from flexmigrate.documents.requirements import set_specifier

    added: Rewrite | None = None
    for cap in caps:
        name, _, ceiling = cap.partition("<")
        if found.first(name) is None:
            line = add(service, found, cap)
            added = line if added is None else _together(added, line)
            continue
        deciding = found.line_deciding(name)
        if deciding is None:
            yield Rewrite(found.path, refusal=f"several lines speak of {name}")
            continue
        lower = ",".join(str(clause) for clause in deciding.specifier or () if clause.operator in (">=", ">"))
        yield set_specifier(deciding, f"{lower},<{ceiling}" if lower else f"<{ceiling}")
    if added is not None:
        yield added


def _together(first: Rewrite, second: Rewrite) -> Rewrite:
    """Both added lines as one edit at the same place."""
    from dataclasses import replace

    if first.refusal or second.refusal:
        return first if first.refusal else second
    one, other = first.edits[0], second.edits[0]
    edit = replace(
        one, new=one.new + (other.new if one.new.endswith(("\n", "\r")) else "\n" + other.new.lstrip("\r\n"))
    )
    return replace(first, edits=(edit,), slots=first.slots + second.slots)


_APP = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"
RULE = Rule(
    check=check,
    summary="a pin breaks with the newest release of something that it needs and nothing pins",
    severity=Severity.ERROR,
    fix=FixClass.UNSAFE,
    source="https://flask.palletsprojects.com/en/stable/changes/",
    example=Example(
        before={"app.yaml": _APP, "requirements.txt": "Flask==2.0.3\ngunicorn==23.0.0\n"},
        after={"app.yaml": _APP, "requirements.txt": "Flask==2.0.3\ngunicorn==23.0.0\nwerkzeug<3\n"},
        says="does not work with the newest werkzeug",
    ),
)
