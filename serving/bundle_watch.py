"""Follows the ledgers of promotions and rules: looks at most once a second and swaps between two requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import structlog
from psycopg_pool import ConnectionPool

from audit.life.asked import Asked, RuleWatch
from audit.promotions import Promotion, serving_chain
from claims.errors import YichaError
from claims.settings import Settings
from features.catalogue import feature_set
from scoring.bundle import Bundle, load_bundle, require_feature_set
from serving.observe import Figures

CHECK_SECONDS = 1.0

MOST_TRIED = 5
"""A worker that starts after a broken promotion goes back to what served before it, but not for ever."""

log = structlog.get_logger("yicha")


@dataclass(frozen=True)
class Serving:
    """What decides at the moment: a bundle and its fingerprint, or neither (rules only), and the rules."""

    bundle: Bundle | None
    fingerprint: str | None
    asked: Asked


def load_fitting(path: Path, fingerprint: str) -> Bundle:
    """The bundle in `path`, ready to score what this program computes.

    Raises:
        BadBundle: it is not the promoted one, or reads another feature set.
    """
    bundle = load_bundle(path, fingerprint)
    require_feature_set(bundle, feature_set())
    return bundle


class BundleWatch:
    """The bundle and the rules that serve. A request takes `current()` once and keeps it to its end."""

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
        self._rules = RuleWatch()
        self._serving = Serving(None, None, self._rules.asked)
        self._failed: set[int] = set()  # promotions whose bundle was refused, each said once
        self._checked_at = float("-inf")
        self._lock = threading.Lock()

    def current(self) -> Serving:
        """The bundle to decide with; another thread's check in progress is not waited for."""
        is_due = time.monotonic() - self._checked_at >= self._check_seconds
        if is_due and self._lock.acquire(blocking=False):
            try:
                self._check()
            finally:
                self._lock.release()
        return self._serving

    def _check(self) -> None:
        with self._pool.connection() as connection:
            promotions = serving_chain(connection, self._settings, MOST_TRIED)
            asked = self._rules.follow(connection)
        self._checked_at = time.monotonic()
        if asked is not self._serving.asked:
            self._serving = replace(self._serving, asked=asked)
            log.info("rules followed", rules=asked.fingerprint[:12], act=len(asked.active), shadow=len(asked.shadow))
        for promotion in promotions:
            if promotion.bundle_fingerprint == self._serving.fingerprint:
                return
            if promotion.promotion_id not in self._failed and self._take(promotion):
                return

    def _take(self, promotion: Promotion) -> bool:
        """Let the promotion's bundle serve; a broken one changes nothing, since settlements must not stop for it."""
        fingerprint, serving = promotion.bundle_fingerprint, self._serving.fingerprint
        try:
            bundle = self._load(promotion.bundle_path, fingerprint)
        except (YichaError, OSError) as error:
            self._failed.add(promotion.promotion_id)
            self._figures.bundle_failures.inc()
            log.error(
                "bundle refused",
                fingerprint=fingerprint[:12],
                version=promotion.version,
                error=type(error).__name__,
                why=str(error),
                serving=serving[:12] if serving else "rules only",
            )
            return False
        if serving:
            self._figures.bundle.labels(serving[:12]).set(0)
        self._serving = replace(self._serving, bundle=bundle, fingerprint=fingerprint)
        self._figures.bundle.labels(fingerprint[:12]).set(1)
        log.info("bundle loaded", fingerprint=fingerprint[:12], version=promotion.version)
        return True
