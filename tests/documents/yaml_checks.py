"""What must hold for every edit of every YAML text, checked with a second reader that shares no code with the first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

import yaml as pyyaml

from flexmigrate.documents.edits import apply
from flexmigrate.documents.templates import Mask, placeholders
from flexmigrate.documents.yaml import YamlError, YamlFile, walk
from flexmigrate.documents.yaml_data import fingerprint
from flexmigrate.documents.yaml_edits import UNPROVED, YamlEditor
from flexmigrate.model import Edit, Intent, Op, Quoted, Rewrite

BREAK = re.compile(r"\r\n|\n|\r")
NESTED = {"inner_one": "3.10", "inner_two": {"deep": 1}, "inner_list": ("a b", "yes", 5)}


Operation = Callable[[], Rewrite]


def every_operation(file: YamlFile, limit: int = 10**9) -> Iterator[tuple[str, Operation]]:
    """Every kind of edit at every place (at most `limit` places a document), each with its name, made on demand."""
    for document, root in enumerate(file.documents):
        editor = YamlEditor("f.yaml", file, document)
        places: list[tuple[tuple[str | int, ...], object]] = [((), root)]
        places += [(route, node) for route, _, node in walk(root)]
        for route, _ in islice(places, limit):
            yield f"append under {route}", partial(editor.insert, (*route, "new_key"), "3.10")
            yield f"append a block under {route}", partial(editor.insert, (*route, "new_key"), NESTED)
            yield f"insert first under {route}", partial(editor.insert_first, (*route, "new_key"), "text")
            if not route or isinstance(route[-1], int):
                continue
            above, name = route[:-1], route[-1]
            for value in ("3.10", "plain words", 'it\'s "both"', True, 7, "two\nlines\n", Quoted("q")):
                yield f"set {route} to {value!r}", partial(editor.set, route, value)
            for value in (NESTED, ("x", {"y": "z"}), {}, "one"):
                yield f"replace {route} by {value!r}", partial(editor.replace, route, value)
            yield f"rename {route}", partial(editor.rename, route, "renamed_key")
            yield f"rename {route} to odd text", partial(editor.rename, route, "on")
            yield f"remove {route}", partial(editor.remove, route)
            yield f"insert before {route}", partial(editor.insert, (*above, "new_key"), "v", before=name)
            yield f"insert a block before {route}", partial(editor.insert, (*above, "new_key"), NESTED, before=name)
            yield f"insert after {route}", partial(editor.insert, (*above, "new_key"), Quoted("v"), after=name)
            yield f"insert a block after {route}", partial(editor.insert, (*above, "new_key"), NESTED, after=name)


def verdict(file: YamlFile, rewrite: Rewrite, *, strict: bool = True) -> str | None:
    """Assert everything that must hold for one rewrite; the refusal when it is one."""
    if rewrite.refusal is not None:
        assert not rewrite.edits
        assert "\n" not in rewrite.refusal
        assert rewrite.refusal.strip()
        assert not strict or not rewrite.refusal.startswith(UNPROVED), rewrite.refusal
        return rewrite.refusal
    assert rewrite.edits
    assert rewrite.intents
    text, after = file.text, apply(file.text, rewrite.edits)
    assert kept(text, rewrite.edits) == kept(after, mirrored(rewrite.edits))
    assert after.startswith("\ufeff") == text.startswith("\ufeff")
    breaks = set(BREAK.findall(text))
    if len(breaks) == 1:
        assert set(BREAK.findall(after)) <= breaks
    second_reader(text, after, rewrite.intents)
    return None


def kept(text: str, edits: tuple[Edit, ...]) -> str:
    """The text with the edited places cut out."""
    parts, reached = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        parts.append(text[reached : edit.start])
        reached = edit.end
    return "".join((*parts, text[reached:]))


def mirrored(edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """The edits that would undo these."""
    found, moved = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        start = edit.start + moved
        found.append(Edit(edit.path, start, start + len(edit.new), edit.new, edit.old))
        moved += len(edit.new) - len(edit.old)
    return tuple(found)


# A second opinion: PyYAML's nodes, aliases followed, and the intent carried out by code of its own.


def second_reader(before: str, after: str, intents: tuple[Intent, ...]) -> None:
    """Assert that PyYAML, where it reads the text at all, sees exactly the announced change."""
    steps = [str(step) for intent in intents for step in (*intent.route, intent.before or "")]
    if any(placeholders(step) for step in steps):
        return
    if "\ue000" in before:
        return
    before, after = Mask(before).text, Mask(after).text
    try:
        trees = pyyaml_trees(before)
    except (pyyaml.YAMLError, ValueError, RecursionError):
        return
    for intent in intents:
        carry_out(trees[intent.document], intent)
    found = pyyaml_trees(after)
    assert found == trees, f"PyYAML reads {found!r} where {trees!r} was meant"


LOADER = getattr(pyyaml, "CSafeLoader", pyyaml.SafeLoader)


def pyyaml_trees(text: str) -> list[object]:
    return [plain(node) for node in pyyaml.compose_all(text, LOADER)]


def plain(node: object) -> object:
    if isinstance(node, pyyaml.MappingNode):
        return ["map", [[plain(key), plain(value)] for key, value in node.value]]
    if isinstance(node, pyyaml.SequenceNode):
        return ["seq", [plain(item) for item in node.value]]
    assert isinstance(node, pyyaml.ScalarNode)
    return ["scalar", node.tag.removeprefix("tag:yaml.org,2002:"), node.value]


def written(value: object) -> object:
    if isinstance(value, dict):
        return ["map", [[written(key), written(below)] for key, below in value.items()]]
    if isinstance(value, tuple):
        return ["seq", [written(below) for below in value]]
    if isinstance(value, bool):
        return ["scalar", "bool", str(value).lower()]
    return ["scalar", "int", str(value)] if isinstance(value, int) else ["scalar", "str", value]


def carry_out(tree: object, intent: Intent) -> None:
    *above, last = intent.route
    for step in above:
        tree = tree[1][step] if isinstance(step, int) else next(v for k, v in tree[1] if k[-1] == step)  # type: ignore[index]
    kind, pairs = tree[0], tree[1]  # type: ignore[index]
    if kind == "scalar":
        tree[:] = ["map", []]  # type: ignore[index]
        pairs = tree[1]  # type: ignore[index]
    names = [key[-1] for key, _ in pairs]
    if intent.op is Op.INSERT:
        place = names.index(intent.before) if intent.before is not None else len(pairs)
        pairs.insert(place, [written(last), written(intent.value)])
        return
    place = names.index(last)
    if intent.op is Op.REMOVE:
        del pairs[place]
    elif intent.op is Op.RENAME:
        pairs[place][0] = written(intent.value)
    else:
        pairs[place][1] = written(intent.value)


def try_everything(text: str, limit: int = 10**9, note: Callable[[str | None], None] = lambda _: None) -> int:
    """Every operation on a text that parses, each verified or refused; how many there were."""
    try:
        file = YamlFile(text)
    except YamlError:
        return 0
    assert fingerprint(file) == fingerprint(YamlFile(text))
    count = 0
    for name, make in every_operation(file, limit):
        try:
            note(verdict(file, make()))
        except AssertionError as error:
            raise AssertionError(f"{name} in {text[:600]!r}: {error}") from error
        except Exception as error:
            raise AssertionError(f"{name} in {text[:600]!r}: {type(error).__name__} {error}") from error
        count += 1
    return count
