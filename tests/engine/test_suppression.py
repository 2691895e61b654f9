"""A comment that takes a finding back, at the edges of a text."""

from __future__ import annotations

import pytest

from flexmigrate.suppression import suppressed

COMMENT = "# flexmigrate: ignore[rule]"


@pytest.mark.parametrize("text", ["flexmigrate:", f"a: 1\n{COMMENT}", "\ufeffflexmigrate:", "flexmigrate:\n\n"])
@pytest.mark.parametrize("line", [0, 4, 9, 1000])
def test_a_line_beyond_the_text_is_not_suppressed(text: str, line: int) -> None:
    """Fuzzing found an IndexError for lines that the text does not have."""
    assert not suppressed(text, line, "rule")
