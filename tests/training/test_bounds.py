"""Bounds come from our file and the area's, and a wrong line is one clear sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from claims.errors import BadSetting
from tests.conftest import settings_in
from training.bounds import Bounds, bounds_of


def bounds(folder: Path, text: str | bytes) -> Bounds:
    file = folder / "own.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return bounds_of(replace(settings_in(folder), learning_bounds=file))


def test_what_an_area_leaves_out_keeps_our_value(tmp_path: Path) -> None:
    ours = bounds_of(settings_in(tmp_path))
    assert bounds(tmp_path, "four_eyes: true\n") == replace(ours, four_eyes=True)
    assert not ours.four_eyes


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("unknown: 1", "unknown"),
        ("four_eyes: 1", "true or false"),
        ("interval: 95", "below 1"),
        ("watch_days: 2.5", "whole number"),
        ("watch_days: -1", "above 0"),
        ("most_calibration_gap: much", "a number"),
        ("- 1", "lines `name: value`"),
        ("a: [", "cannot be read"),
        ("界".encode("gb18030"), "cannot be read"),
    ],
)
def test_a_bound_that_cannot_be_is_refused(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(BadSetting, match=says):
        bounds(tmp_path, text)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="YICHA_LEARNING_BOUNDS"):
        bounds_of(replace(settings_in(tmp_path), learning_bounds=tmp_path / "nowhere.yaml"))
