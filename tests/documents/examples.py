"""How many examples a property test tries: few and always the same, or as many as FLEXMIGRATE_EXAMPLES says.

`FLEXMIGRATE_EXAMPLES=20` tries twenty times as many, with new random choices on every run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

FACTOR = float(os.environ.get("FLEXMIGRATE_EXAMPLES", "1"))


def settled(examples: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The settings for a test that tries `examples` examples by default."""
    return settings(
        max_examples=max(1, int(examples * FACTOR)),
        derandomize=FACTOR <= 1,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
