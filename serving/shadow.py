"""The challenger scores in shadow: after the answer, in a thread of its own, so that nothing there can harm the answer.

The desk only puts what was decided into a bounded queue. What finds no place there, or is lost with the process, is
scored later by `yicha models difference` from the values that the decision keeps.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
import structlog
from psycopg_pool import ConnectionPool

from audit.promotions import challenger
from audit.shadow import record_shadow
from claims.settings import Settings
from claims.tables import Array
from scoring.bundle import Bundle
from scoring.rule_columns import offered_to
from scoring.score import flagged, outlook
from serving.bundle_watch import CHECK_SECONDS, load_fitting
from serving.observe import Figures

MOST_WAITING = 1_000
"""Requests that may wait for the challenger: two megabytes of feature values."""

MOST_TOGETHER = 64
"""Requests that are scored and written together when they wait."""

log = structlog.get_logger("yicha")


@dataclass(frozen=True)
class Decided:
    """n decided settlements as a challenger sees them.

    Attributes:
        orders: (n,) their `recorded_order`.
        matrix: (n, k) feature values.
        of_rules: (n, 4) what rules found, see `scoring.rule_columns`.
        champion_holds: (n,) the champion's model or forest alone sends the claim to a person.
    """

    orders: Array
    matrix: Array
    of_rules: Array
    champion_holds: Array


class Shadow:
    """Takes notes of decided settlements and lets the standing challenger, if there is one, score them."""

    def __init__(
        self,
        pool: ConnectionPool[psycopg.Connection],
        settings: Settings,
        figures: Figures,
        load: Callable[[Path, str], Bundle] = load_fitting,
        check_seconds: float = CHECK_SECONDS,
    ) -> None:
        self._pool, self._settings, self._figures = pool, settings, figures
        self._load, self._check_seconds = load, check_seconds
        self._waiting: queue.Queue[Decided | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._checked_at = float("-inf")
        self._bundle: Bundle | None = None
        self._fingerprint: str | None = None

    def note(self, decided: Decided) -> None:
        """Hand over what was decided; never waits and never fails."""
        try:
            self._waiting.put_nowait(decided)
        except queue.Full:
            self._figures.shadow_left_out.inc(len(decided.orders))
            return
        if self._thread is None:
            self._start()

    def drain(self) -> None:
        """Wait until all that was handed over is dealt with."""
        self._waiting.join()

    def close(self) -> None:
        """Deal with what waits, then end."""
        with self._starting:
            if self._thread is not None:
                self._waiting.put(None)
                self._thread.join(timeout=10)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            taken = [self._waiting.get()]
            while len(taken) < MOST_TOGETHER and not self._waiting.empty():
                taken.append(self._waiting.get())
            noted = [each for each in taken if each is not None]
            try:
                if noted:
                    self._score(noted)
            except Exception as error:  # whatever a challenger does, the champion's answers go on
                self._figures.shadow_failures.inc()
                log.error("challenger failed", error=type(error).__name__)
            finally:
                for _ in taken:
                    self._waiting.task_done()
            if len(noted) < len(taken):
                return

    def _score(self, noted: list[Decided]) -> None:
        if time.monotonic() - self._checked_at >= self._check_seconds:
            self._follow()
        if self._bundle is None or self._fingerprint is None:
            return
        orders, matrix, of_rules, champion_holds = (
            np.concatenate([getattr(each, name) for each in noted])
            for name in ("orders", "matrix", "of_rules", "champion_holds")
        )
        probability, anomaly = outlook(self._bundle, offered_to(self._bundle, matrix, of_rules))
        holds = np.logical_or(*flagged(self._bundle, probability, anomaly))
        with self._pool.connection() as connection:
            record_shadow(connection, self._fingerprint, orders, probability, anomaly, holds, champion_holds)
        self._figures.shadow_scored.inc(len(orders))

    def _follow(self) -> None:
        """Take the challenger that stands; one that cannot be loaded is tried once."""
        self._checked_at = time.monotonic()
        with self._pool.connection() as connection:
            standing = challenger(connection, self._settings)
        fingerprint = standing.bundle_fingerprint if standing else None
        if fingerprint == self._fingerprint:
            return
        self._fingerprint, self._bundle = fingerprint, None
        if standing is not None:
            self._bundle = self._load(standing.bundle_path, standing.bundle_fingerprint)
            log.info("challenger loaded", fingerprint=standing.bundle_fingerprint[:12], version=standing.version)
