"""dispatch.yaml as a load balancer."""

from __future__ import annotations

import pytest

from flexmigrate.testing import findings
from tests.cloud_run.cases import app, planned, written


def files(*rules: tuple[str, str]) -> dict[str, str]:
    lines = [f'- url: "{url}"\n  service: {service}\n' for url, service in rules]
    return {**app(""), "dispatch.yaml": "dispatch:\n" + "".join(lines)}


def test_hosts_and_paths() -> None:
    text = written(files(("a.com/x/*", "api"), ("a.com/", "home"), ("*/y", "api"), ("a.com/*", "web")))[
        "load-balancer.sh"
    ]
    assert "--new-hosts=a.com --default-service=run-web" in text
    assert "--backend-service-path-rules='/x/*=run-api,/=run-home,/y=run-api'" in text
    assert "--new-hosts='*' --default-service=run-default" in text
    assert "DOMAINS=a.com" in text


TROUBLE = [
    ("*/a*", "behind the last slash"),
    ("*/a*/b", "behind the last slash"),
    ("*a.com/b", "in front of a domain"),
    ("a*.com/b", "in front of a domain"),
    ("app.appspot.com/", "appspot.com"),
]


@pytest.mark.parametrize(("url", "says"), TROUBLE)
def test_what_a_url_map_cannot_say_is_told(url: str, says: str) -> None:
    made = planned(files((url, "api")))
    assert any(says in one.message for one in findings(made) if one.path == "dispatch.yaml")


def test_the_order_of_rules_is_told_where_it_matters() -> None:
    made = planned(files(("*/*", "web"), ("*/api/*", "api")))
    assert any("comes first in dispatch.yaml" in one.message for one in findings(made))
    quiet = planned(files(("*/api/*", "api"), ("*/*", "web")))
    assert not [one for one in findings(quiet) if one.path == "dispatch.yaml"]
