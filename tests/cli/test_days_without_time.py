"""A source that knows days only is told so once, by the command that links, and by no other."""

from __future__ import annotations

import pytest

from cli.demo import STEPS
from tests.claims.intake.conftest import Source
from tests.cli.conftest import CommandLine

SAID = "The claims have no time of day"
PERIOD = ("--from", "2025-03-02", "--to", "2025-03-12")


@pytest.mark.parametrize("clock", ["00:00:00", "09:30:00"])
def test_it_is_said_once_however_many_nights_are_built(clock: str, yicha: CommandLine, source: Source) -> None:
    settlements = [
        {"setl_id": f"S{day}{person}", "mdtrt_id": f"M{day}{person}", "psn_no": f"made-up-person-{person}",
         "setl_time": f"2025-03-{day:02d} {clock}", "opt_time": f"2025-03-{day + 1:02d} 01:00:00"}
        for day in (1, 3, 5, 8)
        for person in range(3)
    ]  # fmt: skip
    times = int(clock == "00:00:00")
    said = [yicha.does("import", "--mapping", "national", source.settlements(*settlements))]
    built = yicha.does("graphs", "build", *PERIOD)
    assert "11 snapshots from 12 joint days" in built
    assert built.count(SAID) == times
    assert yicha.does("graphs", "build", *PERIOD, "--rebuild").count(SAID) == times
    said += [yicha.does("graphs", "list"), yicha.does("features", "build")]
    assert not any(SAID in text for text in said)


def test_the_demo_links_once() -> None:
    assert sum("graphs" in typed.split() for _, typed in STEPS) == 1
