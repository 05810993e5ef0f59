"""The dictionary of an area: its own values are used, and a bad file stops the start with one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from claims.errors import BadSetting
from claims.store.connect import Store
from serving.app import create_app
from serving.national.area import FOLDER, read_area
from serving.service import Service, open_service
from tests.conftest import settings_in
from tests.serving.bodies import Keys
from tests.serving.national.sent import changed, message, send, taken

DEFAULT = (FOLDER / "default.yaml").read_text(encoding="utf-8")


def test_an_areas_own_values_are_given_and_taken(service: Service, keys: Keys, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    text = DEFAULT.replace('slightly_suspicious: "3"', 'slightly_suspicious: "C3"')
    own.write_text(text.replace('  "9": 住院预结算', '  "23": 门诊医生站'), encoding="utf-8")
    with TestClient(create_app(replace(service, area=read_area(str(own))))) as client:
        assert {each["sev_deg"] for each in taken(client, keys, "3101")["result"]} == {"C3"}
        scene = ("input", "data", "trig_scen")
        assert send(client, keys, changed(message("3101", "M2"), scene, "23"))["infcode"] == "0"
        assert send(client, keys, changed(message("3101", "M3"), scene, "9"))["infcode"] == "-1"


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('line: "2"', 'line: "2000"', "behaviour.line"),
        ('line: "2"', "line: 2", "behaviour.line"),
        ("pooling_digits: 4", "pooling_digits: 40", "pooling_digits"),
        ("  X: drug", "  X: medicine", "item_kinds.X"),
        ("severity:", "severities:", "severity"),
        ("area: default", "area: [", "no YAML at line"),
    ],
)
def test_a_bad_dictionary_stops_the_start(store: Store, tmp_path: Path, before: str, after: str, says: str) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(DEFAULT.replace(before, after), encoding="utf-8")
    with pytest.raises(BadSetting, match=says):
        open_service(replace(settings_in(tmp_path), national_area=str(bad)), store)


def test_a_missing_dictionary_names_those_that_are_there() -> None:
    with pytest.raises(BadSetting, match=r"one of: default.*YICHA_NATIONAL_AREA"):
        read_area("nowhere")
