"""Addresses of App Engine are told from buckets and accounts that only look like them."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform
from flexmigrate.testing import check_quiet, check_reported, findings, plan
from tests.rules.source_files import CONFIG, said, service

RULE = "service-to-service"
RUN = Platform.CLOUD_RUN
URL = "https://prices-dot-shop.ew.r.appspot.com"
QUIET = {
    "buckets": service("a = 'shop.appspot.com'\nb = 'gs://shop.appspot.com/x'\nc = 'staging.shop.appspot.com'\n"),
    "a bucket's URL": service("x = 'https://storage.googleapis.com/shop.appspot.com/x'\n"),
    "accounts": service("x = 'shop@appspot.gserviceaccount.com'\n"),
    "a comment": service(f"# {URL}\n"),
    "other addresses": service("x = 'https://example.com'\ny = 'https://x.a.run.app'\n"),
    "tests": service("", tests__test_a=f"x = '{URL}'\n"),
    "a bucket in a variable": {**service(), "app.yaml": CONFIG + "env_variables:\n  BUCKET: shop.appspot.com\n"},
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files, platform=RUN)


def test_quiet_on_flex() -> None:
    check_quiet(RULE, service(f"x = '{URL}'\n"))


@pytest.mark.parametrize(
    "text",
    [
        f"x = '{URL}/all'\n",
        "x = 'https://shop.appspot.com/'\n",
        "x = f'https://prices-dot-{project}.appspot.com/all'\n",
        "x = 'https://prices-dot-%s.appspot.com/all' % project\n",
        "HOST = 'prices-dot-shop.appspot.com'\n",
    ],
)
def test_loud(text: str) -> None:
    found = check_reported(RULE, service(text), "leads to App Engine", platform=RUN)
    assert len(found) == 1


def test_variables_are_named_and_their_values_are_not() -> None:
    config = CONFIG + "env_variables:\n  PRICES: https://me:secret@prices-dot-shop.appspot.com\n"
    made = plan({**service(), "app.yaml": config}, RULE, platform=RUN)
    (found,) = findings(made)
    assert "`PRICES`" in found.message
    assert "secret" not in found.message + found.hint


def test_each_place_is_told() -> None:
    assert len(said(RULE, service(f"a = '{URL}/a'\nb = '{URL}/b'\n"), platform=RUN)) == 2
