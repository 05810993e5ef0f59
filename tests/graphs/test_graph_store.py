"""Snapshots in the store: built once or in parts they are the same, and a column is read as it was known."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import psycopg
import pytest

from claims.clock import AREA_ZONE
from claims.errors import BadSetting, Conflict, NotBuilt, NotEnoughData, NotFound
from claims.store.columns import append, append_batch
from claims.store.connect import Store
from claims.tables import CATALOGUE, INSTITUTIONS, PATIENTS, Array
from graphs.as_of import as_of
from graphs.build import build
from graphs.columns import NODE_COLUMNS, NODE_KINDS, NodeChanges, columns_of, read_changes
from graphs.newest import newest_day, newest_snapshot
from graphs.picture import draw_calendar, draw_ring, evidence_swipes, ring_graph, ring_named, write_graph
from graphs.snapshot import available_at, data_until
from graphs.store import rings_at, snapshot_id
from graphs.story import read_story
from tests.graphs.town import FIRST_DAY, Town, collectors, family

SHOPS = ("shop-1", "shop-2", "shop-3")
CARDS = [f"card-{number:02d}" for number in range(5)]
TABLES = ("snapshots", "rings", "node_columns")


def planted() -> Town:
    town = Town()
    for number, shop in enumerate(SHOPS):
        town.traffic(shop, days=75, a_day=8, seed=number, customers=120)
    collectors(town, CARDS, SHOPS, [45, 50, 55, 60, 66])
    family(town, "family", 4, "shop-1", [46, 53, 60])
    for day in range(20, 70, 3):
        for card in CARDS[:3]:
            town.visit(card, "hospital-1", day, 500 + 70 * int(card[-1]), doctor_id="doctor-1")
    return town


def fill(store: Store, town: Town) -> psycopg.Connection:
    connection = store.as_owner()
    source = town.source()
    append(connection, PATIENTS, source.patients)
    append(connection, INSTITUTIONS, source.institutions)
    append(connection, CATALOGUE, source.catalogue)
    append_batch(connection, town.batch())
    return connection


def dump(connection: psycopg.Connection) -> dict[str, list[Any]]:
    return {name: connection.execute(f"SELECT * FROM {name} t ORDER BY t::text").fetchall() for name in TABLES}


@pytest.fixture
def town_store(store: Store) -> psycopg.Connection:
    return fill(store, planted())


def test_a_build_writes_the_ring_its_members_and_the_sentence_why(town_store: psycopg.Connection) -> None:
    counts = build(town_store)
    (ring,) = rings_at(town_store)
    assert ring.members == CARDS
    assert ring.joint_days == 5
    assert ring.money_fen == 25 * 10_000
    assert len(ring.evidence_claims) == 25
    assert ring.details["says_en"].startswith("5 cards were swiped within minutes of each other on 5 days at 3 inst")
    assert ring.details["institutions"] == list(SHOPS)
    assert counts.standing_rings == 1
    assert newest_snapshot(town_store) == snapshot_id(FIRST_DAY + 75)


def test_a_second_build_finds_nothing_to_do(town_store: psycopg.Connection) -> None:
    build(town_store)
    before = dump(town_store)
    assert build(town_store).nights == 0
    assert dump(town_store) == before


@pytest.mark.parametrize("cut", [51, 57, 62])
def test_two_builds_give_the_rows_of_one(town_store: psycopg.Connection, cut: int) -> None:
    build(town_store)
    whole = dump(town_store)
    build(town_store, FIRST_DAY + cut, rebuild=True)
    again = dump(town_store)
    assert again == whole
    assert len(whole["node_columns"]) > 40


def test_a_ring_column_is_read_as_it_was_known(town_store: psycopg.Connection) -> None:
    build(town_store)
    changes = read_changes(town_store, "patient", ["card-01", None, "nobody"])
    third = FIRST_DAY + 56  # the night after the third joint day
    at = np.array([available_at(third) - 1, available_at(third), available_at(third) + 10**7, available_at(third)])
    values = as_of(changes, np.array(["card-01", "card-01", "card-01", "nobody"], dtype=object), at)
    score = values[:, changes.names.index("patient_ring_score")]
    assert score[0] == 0.0
    assert score[1] > 0.5
    assert score[2] > 0.5
    assert not values[3].any()


def test_few_and_all_nodes_are_read_alike(town_store: psycopg.Connection) -> None:
    build(town_store)
    for kind in NODE_KINDS:
        everything = read_changes(town_store, kind)
        assert len(everything.ids)
        few = read_changes(town_store, kind, everything.ids.tolist())
        for name in ("code", "available_at", "values"):
            assert np.array_equal(getattr(few, name), getattr(everything, name))


def test_slow_columns_are_right_for_the_planted_town(town_store: psycopg.Connection) -> None:
    build(town_store)
    at = np.array([available_at(FIRST_DAY + 75)])
    shop = as_of(read_changes(town_store, "institution"), np.array(["shop-2"], dtype=object), at)[0]
    named = dict(zip([column.name for column in columns_of("institution")], shop.tolist(), strict=True))
    assert named["institution_rings"] == 1.0
    people_of_shop = (
        "SELECT count(DISTINCT patient_id) FROM claims WHERE institution_id = 'shop-2' AND known_at < to_timestamp(%s)"
    )
    monday = data_until(FIRST_DAY + 70)
    people = town_store.execute(people_of_shop, (monday,)).fetchone()
    assert people is not None
    assert named["institution_ring_patient_share_180d"] == pytest.approx(5 / people[0])
    doctor = as_of(read_changes(town_store, "doctor"), np.array(["doctor-1"], dtype=object), at)[0]
    assert doctor[0] == 1.0  # all three patients are in the ring
    assert doctor[1] == 0.0  # three pharmacy customers are too few to tell


def test_a_snapshot_that_a_decision_used_is_not_removed(town_store: psycopg.Connection) -> None:
    build(town_store)
    town_store.execute(
        "INSERT INTO decisions (recorded_order, claim_id, body_fingerprint, action, money_at_stake_fen, feature_set, "
        "features, rule_hits, reasons, answer, snapshot_id, is_batch, latency_microseconds) "
        "VALUES (1, 'C', 'f', 'pass', 0, 's', '', '[]', '[]', '{}', %s, false, 1)",
        (snapshot_id(FIRST_DAY + 60),),
    )
    with pytest.raises(Conflict, match="1 decisions"):
        build(town_store, FIRST_DAY + 60, rebuild=True)
    build(town_store, FIRST_DAY + 61, rebuild=True)


def test_an_unused_gap_is_filled_and_a_built_day_refused(town_store: psycopg.Connection) -> None:
    build(town_store, last_day=FIRST_DAY + 50)
    build(town_store, first_day=FIRST_DAY + 70)
    nights = town_store.execute("SELECT count(*) FROM snapshots").fetchone()
    assert nights == (75,)
    with pytest.raises(BadSetting, match="are built"):
        build(town_store, first_day=FIRST_DAY + 70)


def test_weekly_snapshots_agree_with_nightly_ones_on_their_days(town_store: psycopg.Connection) -> None:
    build(town_store)
    nightly = {kind: read_changes(town_store, kind) for kind in NODE_KINDS}
    build(town_store, cadence="weekly", rebuild=True)
    for kind, changes in nightly.items():
        at = np.full(len(changes.ids), available_at(FIRST_DAY + 70))
        assert np.array_equal(as_of(changes, changes.ids, at), as_of(read_changes(town_store, kind), changes.ids, at))


def test_an_empty_store_is_told_what_to_do(store: Store) -> None:
    connection = store.as_owner()
    with pytest.raises(NotEnoughData, match="yicha import"):
        build(connection)
    with pytest.raises(NotBuilt, match="yicha graphs build"):
        rings_at(connection)
    assert newest_day(connection) is None
    assert not as_of(read_changes(connection, "doctor"), np.array(["d"], dtype=object), np.array([0])).any()


def test_an_unknown_cadence_is_refused(town_store: psycopg.Connection) -> None:
    with pytest.raises(BadSetting, match="hourly"):
        build(town_store, cadence="hourly")


def test_a_ring_is_drawn_the_same_each_time(town_store: psycopg.Connection, tmp_path: Path) -> None:
    build(town_store)
    (ring,) = rings_at(town_store)
    swipes = evidence_swipes(town_store, ring_named(town_store, ring.ring_id))
    graph = ring_graph(swipes)
    assert graph.edges["card-00", "card-01"]["days"] == 5
    assert graph.edges["card-00", "shop-1"]["days"] == 2
    for name in ("one.svg", "two.svg", "one.png"):
        draw_ring(swipes, ring.ring_id, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
    for name in ("one.calendar.svg", "two.calendar.svg"):
        draw_calendar(swipes, ring.ring_id, tmp_path / name)
    assert (tmp_path / "one.calendar.svg").read_bytes() == (tmp_path / "two.calendar.svg").read_bytes()
    for draw in (draw_ring, draw_calendar):
        with pytest.raises(BadSetting, match="svg"):
            draw(swipes, ring.ring_id, tmp_path / "ring.pdf")
    write_graph(swipes, tmp_path / "ring.graphml")
    assert nx.read_graphml(tmp_path / "ring.graphml").edges["card-00", "card-01"]["days"] == 5
    with pytest.raises(BadSetting, match="graphml"):
        write_graph(swipes, tmp_path / "ring.txt")
    with pytest.raises(NotFound, match="ring-none"):
        ring_named(town_store, "ring-none")


def test_a_ring_tells_who_took_part_when_where_and_for_what(town_store: psycopg.Connection) -> None:
    build(town_store)
    (ring,) = rings_at(town_store)
    story = read_story(town_store, ring)
    assert sorted(member.patient_id for member in story.members) == CARDS
    assert {member.role for member in story.members} == {"core"}
    assert all(member.days == 5 and member.share == 1.0 for member in story.members)
    assert sum(member.paid_fen for member in story.members) == ring.money_fen
    assert len(story.meetings) == 5
    settled = town_store.execute("SELECT settled_at FROM claims WHERE claim_id = ANY(%s)", (ring.evidence_claims,))
    assert {meeting.day for meeting in story.meetings} == {at.astimezone(AREA_ZONE).date() for (at,) in settled}
    assert {meeting.persons for meeting in story.meetings} == {5}
    assert sum(meeting.paid_fen for meeting in story.meetings) == ring.money_fen
    assert [drug.persons for drug in story.drugs] == [5]
    assert story.doctors == []


def test_as_of_takes_the_newest_row_not_after_the_moment() -> None:
    ids = np.array(["a", "b"], dtype=object)
    rows = NodeChanges(("x",), ids, np.array([0, 0, 1]), np.array([10, 20, 15]), np.array([[1.0], [2.0], [3.0]]))
    asked = [("a", 9), ("a", 10), ("a", 19), ("a", 20), ("b", 14), ("b", 99), ("c", 99), (None, 99)]
    names: Array = np.array([name for name, _ in asked], dtype=object)
    found = as_of(rows, names, np.array([at for _, at in asked]))
    assert found[:, 0].tolist() == [0, 1, 1, 2, 0, 3, 0, 0]


def test_each_node_column_says_its_unit_and_its_value_in_both_languages() -> None:
    assert len({column.name for column in NODE_COLUMNS}) == len(NODE_COLUMNS)
    for column in NODE_COLUMNS:
        assert column.name.startswith(f"{column.node_kind}_")
        assert column.unit
        assert len(column.why) > 20
        assert "{value}" in column.says_zh
        assert "{value}" in column.says_en


def test_reading_node_columns_loads_no_large_package() -> None:
    code = "import sys, graphs.columns; assert not {'pandas', 'networkx', 'matplotlib', 'numba'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
