"""Each benchmark runs at its smallest size and says what it must."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.antcity.prices import check, keep

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_sql_gives_the_same_thirty_features(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    from benchmarks.features import main

    monkeypatch.setattr("sys.argv", ["features", "--size", "tiny"])
    main()
    said = capsys.readouterr().out
    same = dict(re.findall(r"s (\w+)=[\d.]+s ratio.*features=30 with our values=(\d+)", said))
    assert same["duckdb"] == same["pandas"] == same["pandas_with_our_bounds"] == "30"
    assert set(same) == {"duckdb", "polars", "pandas", "pandas_smooth", "pandas_with_our_bounds"}


@pytest.mark.slow
def test_networkx_finds_the_same_pairs_and_components(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    from benchmarks.rings import main

    monkeypatch.setattr("sys.argv", ["rings", "--size", "tiny"])
    main()  # fails unless they are the same
    said = capsys.readouterr().out
    assert re.search(r"[\d,]+ swipes, [1-9][\d,]* pairs", said)
    ratios = re.findall(r"^rings (\w+) ours=[\d.]+s networkx_(\w+)=[\d.]+s ratio=\d+ \| processor", said, re.MULTILINE)
    assert set(ratios) == {(how, by) for how in ("clock", "sliding") for by in ("components", "louvain")}


@pytest.mark.slow
def test_rings_of_a_small_city_are_found_and_laid_beside_what_others_find() -> None:
    small = "--insured 4000 --months 10 --rings 3 --seeds 1 --evasion-seeds 0"
    command = [sys.executable, "-m", "benchmarks.antcity", *small.split()]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    recall = {kind: float(found) for kind, found in re.findall(r"ours +(\w+) +5\+ +\d+ +[\d.]+ +([\d.]+)", said)}
    assert recall["card_collectors"] == recall["steered_prescriptions"] == 1.0
    assert set(re.findall(r"  (.+?) +3-4: ", said)) == {"ours", "pair components", "Louvain", "FRAUDAR"}


def test_evasion_that_pays_over_a_tenth_more_than_before_is_told(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    assert "--keep" in check("a plan", {0: 100.0}, path)[0]
    keep("a plan", {0: 100.0, 1: 200.0}, path)
    keep("another plan", {0: 1.0}, path)
    assert check("a plan", {0: 109.0, 1: 150.0}, path) == []
    (loss,) = check("a plan", {0: 111.0, 1: 200.0}, path)
    assert "strength 0" in loss
