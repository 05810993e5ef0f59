"""One stream, three answers: the compiled passes, SQL from the definitions' words, and what the service served."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims.store.columns import read_batch
from claims.store.connect import Store
from features.catalogue import FEATURES
from features.context import read_whole_context
from tests.features.made import Made
from tests.features.nodes import NodeRow, random_nodes, store_nodes
from tests.features.oracle import Oracle, assert_equals_sql
from tests.features.oracle.closed import OF_MONTHS
from tests.features.served import assert_equal, built, clear, in_any_groups, prepare, settle_all, take_in
from tests.features.streams import each_stream, streams

_nodes = st.builds(random_nodes, st.integers(0, 10**6))


@pytest.mark.slow
@settings(each_stream, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=streams, nodes=_nodes, imported=st.sampled_from((0, 0, 10)), seed=st.integers(0, 10**6))
def test_kernel_sql_and_service_give_the_same_values(
    store: Store, tmp_path: Path, made: list[Made], nodes: list[NodeRow], imported: int, seed: int
) -> None:
    clear(store)
    prepare(store)
    with store.as_owner() as connection:
        store_nodes(connection, nodes)
        connection.commit()
    if made[:imported]:
        take_in(store, made[:imported], tmp_path)
    served = settle_all(store, list(in_any_groups(made[imported:], seed)))
    kernel = built(store, tmp_path)
    assert_equal(served, kernel)
    with store.as_owner() as connection:
        stored = read_batch(connection)
        oracle = Oracle(stored, read_whole_context(connection, stored), nodes)
    settled = stored.claims["claim_id"][stored.claims["kind"] == "settlement"]
    assert set(settled.tolist()) == set(kernel)
    matrix = np.array([kernel[claim] for claim in settled.tolist()]).reshape(len(settled), len(FEATURES))
    chosen = [place for place, feature in enumerate(FEATURES) if not isinstance(feature.how, OF_MONTHS)]
    assert_equals_sql(oracle, [FEATURES[place] for place in chosen], settled, matrix[:, chosen])
