"""`yicha graphs build --cluster` writes what it writes without."""

from __future__ import annotations

import re

import pytest

from tests.claims.intake.conftest import Source
from tests.cli.conftest import CommandLine

PERIOD = ("--from", "2025-03-02", "--to", "2025-03-12")


@pytest.fixture
def claims(yicha: CommandLine, source: Source) -> None:
    """Three cards at one till, two minutes apart, on four days."""
    settlements = [
        {"setl_id": f"S{day}{person}", "mdtrt_id": f"M{day}{person}", "psn_no": f"made-up-person-{person}",
         "setl_time": f"2025-03-{day:02d} 09:3{2 * person}:00", "opt_time": f"2025-03-{day + 1:02d} 01:00:00"}
        for day in (1, 3, 5, 8)
        for person in range(3)
    ]  # fmt: skip
    yicha.does("import", "--mapping", "national", source.settlements(*settlements))


@pytest.mark.slow
@pytest.mark.usefixtures("claims")
def test_two_processes_of_dask_count_the_same_joint_days(yicha: CommandLine) -> None:
    alone = yicha.does("graphs", "build", *PERIOD)
    assert "11 snapshots from 12 joint days" in alone
    outcome = yicha("graphs", "build", *PERIOD, "--rebuild", "--cluster", "local:2", "--pieces", yicha.home / "shared")
    assert outcome.code == 0
    assert (
        re.search(r"\d+ snapshots.*", outcome.out, re.DOTALL)[0] == re.search(r"\d+ snapshots.*", alone, re.DOTALL)[0]
    )  # type: ignore[index]
    assert list((yicha.home / "shared").iterdir()) == []


@pytest.mark.usefixtures("claims")
def test_a_cluster_that_is_not_there_is_said(yicha: CommandLine) -> None:
    assert "names no cluster" in yicha.refuses("graphs", "build", "--cluster", "local:two")
