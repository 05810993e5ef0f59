"""What a build holds in memory is let go of by itself."""

from __future__ import annotations

import gc
import weakref

import numpy as np

from features.catalogue import FEATURES
from features.compute import compute_rows
from features.rows import Rows
from tests.features.made import batch_of
from tests.features.reference import context_of
from tests.features.streams import random_stream


def test_a_frame_goes_when_nobody_uses_it_without_waiting_for_the_collector() -> None:
    """The collector counts objects, not bytes: frames of a gigabyte would pile up."""
    _computed()  # the compiler holds on to what it saw when it compiled
    gc.collect()
    gc.disable()
    try:
        rows = _computed()
        gone = weakref.ref(rows)
        del rows
        assert gone() is None, "something in the frame's caches refers to the frame"
    finally:
        gc.enable()


def _computed() -> Rows:
    batch = batch_of(random_stream(1, 60))
    rows = Rows(batch, np.arange(len(batch)), context_of(batch))
    compute_rows(FEATURES, rows)
    return rows
