"""Whatever numbers stand in app.yaml, no limit of Cloud Run is broken and no rule crashes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cloud_run.cases import app, planned

NUMBERS = st.one_of(
    st.integers(-5, 10**7).map(str),
    st.floats(0, 200, allow_nan=False).map(lambda value: f"{value:.3f}"),
    st.sampled_from(["", "~", "x", "1e9", ".inf", ".nan", "'8'", "[]", "{}", "0x1F", "1:30", "${N}", "-0", "9" * 400]),
)
KEYS = {
    "resources": ("cpu", "memory_gb", "disk_size_gb"),
    "automatic_scaling": ("min_num_instances", "max_num_instances", "target_concurrent_requests"),
    "manual_scaling": ("instances",),
    "liveness_check": (
        "check_interval_sec",
        "timeout_sec",
        "failure_threshold",
        "success_threshold",
        "initial_delay_sec",
    ),
    "readiness_check": ("check_interval_sec", "timeout_sec", "failure_threshold", "app_start_timeout_sec"),
    "health_check": ("enable_health_check", "check_interval_sec", "timeout_sec", "restart_threshold"),
}


@st.composite
def configs(draw: st.DrawFn) -> str:
    lines = []
    for block in draw(st.sets(st.sampled_from(sorted(KEYS)), min_size=1)):
        lines.append(f"{block}:")
        lines += ["  path: /x"] * (block.endswith("check") and draw(st.booleans()))
        lines += [f"  {key}: {draw(NUMBERS)}" for key in KEYS[block] if draw(st.booleans())]
        if block == "resources" and draw(st.booleans()):
            lines += ["  volumes:", "  - name: a", "    volume_type: tmpfs", f"    size_gb: {draw(NUMBERS)}"]
    return "\n".join(lines) + "\n"


@given(configs())
@settings(max_examples=60, deadline=None)
def test_no_limit_is_broken(config: str) -> None:
    made = planned({**app(config), "main.py": "'/_ah/health'\n"})
    assert not made.skipped, (made.skipped, config)
    assert any(change.path == "service.yaml" for change in made.changes)
