"""The steps of a decision that other folders own, in one visible place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from audit.cases import CaseCounts, open_cases
from claims.batch import ClaimBatch
from claims.context import Context
from claims.tables import Array
from features import online
from features.context import read_context
from scoring.judge import Judgement, judge


@dataclass(frozen=True)
class Steps:
    """What the desk calls, in the order in which it calls it; tests may replace a step.

    Attributes:
        lock: takes the advisory locks of the batch's entities until the transaction ends.
        draw: the next n numbers of `recorded_order`.
        read_context: the past and the reference rows of a batch.
        serve: feature values of a batch, (n, k); updates the running state.
        advise: the same values; writes nothing.
        judge: rules, scores and actions.
        open_cases: puts alerts into the queue.
    """

    lock: Callable[[psycopg.Connection, ClaimBatch], object] = online.lock_entities
    draw: Callable[[psycopg.Connection, int], Array] = online.draw_orders
    read_context: Callable[[psycopg.Connection, ClaimBatch], Context] = read_context
    serve: Callable[[psycopg.Connection, ClaimBatch, Context], Array] = online.serve
    advise: Callable[[psycopg.Connection, ClaimBatch, Context], Array] = online.advise
    judge: Callable[..., Judgement] = judge
    open_cases: Callable[..., CaseCounts] = open_cases


STEPS = Steps()
