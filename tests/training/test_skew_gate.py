"""A training run refuses to start when what was served is not what the batch computes."""

from __future__ import annotations

import time

import psycopg
import pytest

from claims.errors import NotBuilt
from claims.store.connect import Store
from tests.features.made import Made
from tests.features.recorded import record
from training.skew_gate import refuse_on_skew


def served_today(connection: psycopg.Connection) -> None:
    now = int(time.time())
    for order, name in enumerate(("a", "b"), 1):
        record(connection, Made(name, now - 1000 + order, order))


def test_equal_columns_let_the_training_start(store: Store) -> None:
    with store.as_owner() as connection:
        served_today(connection)
        refuse_on_skew(connection)


def test_one_other_value_stops_the_training_and_says_what_to_run(store: Store) -> None:
    with store.as_owner() as connection:
        served_today(connection)
        connection.execute("UPDATE decisions SET features = set_byte(features, 7, 64) WHERE claim_id = 'b'")
        with pytest.raises(NotBuilt, match=r"1 of 2 decisions .* yicha features check-skew"):
            refuse_on_skew(connection)
