"""Random inputs for everything that reads what a repository holds.

A few per target in the ordinary suite; `make fuzz` (FLEXMIGRATE_FUZZ=number of examples) tries as many as it is told.
"""

from __future__ import annotations

import os
import sys
import time

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.targets import SEPARATOR, TARGETS
from tests.fuzz.words import PLAN_WORDS, WORDS

LONG = int(os.environ.get("FLEXMIGRATE_FUZZ", "0"))
SLOW_SECONDS = 20
# A YAML file that is a service most of the time: otherwise nearly every plan is empty.
_HEAD = b"runtime: python\nenv: flex\n"


def pieces(words: tuple[str, ...], most: int = 30) -> st.SearchStrategy[bytes]:
    """Words of a language, with some noise between them."""
    word = st.sampled_from(words).map(lambda text: text.encode("utf-8", "surrogatepass"))
    noise = st.one_of(st.binary(max_size=4), st.text(max_size=4).map(lambda text: text.encode("utf-8", "replace")))
    return st.lists(st.one_of(word, word, word, word, noise), max_size=most).map(b"".join)


def inputs(target: str) -> st.SearchStrategy[bytes]:
    if target != "plan":
        return pieces(WORDS[target])
    head = st.sampled_from((_HEAD, _HEAD, _HEAD + b"runtime_config:\n  python_version: 3\n", b""))
    files = [pieces(words, 12) for words in PLAN_WORDS]
    files[0] = st.tuples(head, files[0]).map(b"".join)
    return st.tuples(*files).map(SEPARATOR.join)


@pytest.mark.parametrize("target", TARGETS)
def test_random_input_is_read_or_refused(target: str) -> None:
    examples = LONG or (5 if target == "plan" else 30)
    if target == "plan":
        examples = max(5, examples // 20)

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs(target))
    def run(data: bytes) -> None:
        started = time.monotonic()
        TARGETS[target](data)
        assert time.monotonic() - started < SLOW_SECONDS, "too slow"

    # The ordinary suite is the same every time; a long run is another one each time.
    seed(int(os.environ.get("FLEXMIGRATE_FUZZ_SEED", time.time_ns() if LONG else 1)) % sys.maxsize)(run)()
