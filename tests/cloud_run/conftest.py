"""The guide lists what every rule of the pack reports; here only this folder's rules speak."""

from __future__ import annotations

import pytest

from tests.cloud_run.cases import ONLY


@pytest.fixture(autouse=True)
def only_cloud_run_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flexmigrate_rules._pack.PACK", ONLY)
