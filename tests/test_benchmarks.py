"""Each benchmark runs at its smallest size and says what it must."""

from __future__ import annotations

import re

import pytest


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
