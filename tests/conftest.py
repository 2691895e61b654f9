"""Switches for tests that need more than Python: an index, or the Google Cloud SDK."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--network", action="store_true", help="run tests that install packages from an index")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--network"):
        return
    skip = pytest.mark.skip(reason="needs an index; run with --network")
    for item in items:
        if "network" in item.keywords:
            item.add_marker(skip)
