"""What operators see: one JSON log line a request and Prometheus figures; both without personal data."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LATENCY_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds; fine around the tens of milliseconds a till waits, coarse up to the ten seconds after which it gives up."""

log = structlog.get_logger("yicha")


class Figures:
    """The figures of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "yicha_request_seconds",
            "Time to answer",
            ["route", "status"],
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.decisions = Counter("yicha_decisions", "Settlements decided", ["action"], registry=self.registry)
        self.known = Counter("yicha_known_settlements", "Settlements answered from the ledger", registry=self.registry)
        self.crashes = Counter("yicha_rule_crashes", "Rules that crashed", ["rule"], registry=self.registry)
        self.errors = Counter("yicha_errors", "Requests refused or failed", ["kind"], registry=self.registry)
        self.bundle = Gauge(
            "yicha_bundle_loaded", "1 for the bundle that serves", ["fingerprint"], registry=self.registry
        )
        self.shadow_scored = Counter(
            "yicha_shadow_scored", "Settlements that the challenger scored in shadow", registry=self.registry
        )
        self.shadow_left_out = Counter(
            "yicha_shadow_left_out", "Settlements that found no place in the challenger's queue", registry=self.registry
        )
        self.shadow_failures = Counter(
            "yicha_shadow_failures", "Times that the challenger could not score", registry=self.registry
        )
        self.unconfirmed = Gauge(
            "yicha_unconfirmed_settlements",
            "Settlements decided more than a day ago and neither confirmed nor cancelled",
            registry=self.registry,
        )
        self.unconfirmed_counted_at = float("-inf")
        self.watch = Gauge(
            "yicha_watch",
            "Figures of the newest `yicha watch`, nan where there is none",
            ["figure"],
            registry=self.registry,
        )
        self.watch_within_bounds = Gauge(
            "yicha_watch_within_bounds",
            "1 when the newest `yicha watch` found nothing beyond its bound, nan before the first",
            registry=self.registry,
        )
        self.watch_within_bounds.set(float("nan"))
        self.watch_made_at = Gauge(
            "yicha_watch_made_at_seconds", "When `yicha watch` ran last, seconds since 1970", registry=self.registry
        )
        self.bundle_failures = Counter(
            "yicha_bundle_failures", "Bundles that could not be loaded", registry=self.registry
        )

    def note_crashes(self, crashed: Sequence[tuple[str, str]]) -> None:
        """Count rules that crashed and say which, by code and type of error only."""
        for code, error in crashed:
            self.crashes.labels(code).inc()
            log.error("rule crashed", rule=code, error=error)


def configure_logs() -> None:
    """Log JSON lines to standard output, this program's and uvicorn's warnings alike."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


class Observed:
    """ASGI layer: gives each request an id, logs it, counts it. Addresses are logged as route templates only."""

    def __init__(self, app: ASGIApp, figures: Figures, unexpected: Callable[[Request, Exception], Response]) -> None:
        self.app, self.figures, self.unexpected = app, figures, unexpected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status, is_begun = time.perf_counter(), 500, False
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = secrets.token_hex(8)

        async def noted(message: Message) -> None:
            nonlocal status, is_begun
            if message["type"] == "http.response.start":
                status, is_begun = message["status"], True
                message["headers"] = [*message["headers"], (b"x-request-id", state["request_id"].encode())]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:  # let through, the server would log its message, which may quote a body
            answer = self.unexpected(Request(scope), error)
            if not is_begun:
                await answer(scope, receive, noted)
        finally:
            self._note(scope, status, time.perf_counter() - start, state)

    def _note(self, scope: Scope, status: int, seconds: float, state: dict[str, Any]) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        self.figures.requests.labels(route, str(status)).observe(seconds)
        kind = state.get("error_kind")
        if kind:
            self.figures.errors.labels(kind).inc()
        log.info(
            "request",
            request_id=state["request_id"],
            method=scope["method"] if scope["method"] in {"GET", "POST", "HEAD", "OPTIONS"} else "other",
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 2),
            error=kind,
        )
