"""The proof that an edited text is the old text plus exactly the announced edits, and means what they announce."""

from __future__ import annotations

from collections.abc import Sequence

from flexmigrate.documents import edits as text_edits
from flexmigrate.documents.yaml import YamlError, parsed
from flexmigrate.documents.yaml_data import difference
from flexmigrate.model import Edit, Intent

YAML_SUFFIXES = (".yaml", ".yml")


def problem(path: str, before: str, after: str, edits: Sequence[Edit], intents: Sequence[Intent]) -> str | None:
    """None when the edits, and nothing but them, turn `before` into `after`; else what is wrong.

    Files with intents are YAML: they must also read back as the old data with the intents carried out. Every other
    YAML file must still parse.
    """
    try:
        if text_edits.apply(before, edits) != after:
            return "the new text differs from the old outside the announced edits"
    except text_edits.EditError as error:
        return str(error)
    if intents:
        return difference(parsed(before), after, intents)
    if path.endswith(YAML_SUFFIXES):
        try:
            parsed(after)
        except YamlError as error:
            return f"the edited file would not parse: {error.problem}"
    return None
