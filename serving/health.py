"""Whether the process lives, whether it can decide, and its figures for Prometheus."""

from __future__ import annotations

import time

import psycopg
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from audit.confirmations import count_unconfirmed
from audit.watch_reports import WATCH, newest_report
from serving.desk import FEATURE_SET
from serving.service import Service, ServiceOf

health = APIRouter(tags=["operation"])

COUNT_SECONDS = 600
"""What the store counts is asked again after so long: it goes through a month, and what waits for a day can wait."""

_NO_STORE = (psycopg.Error, PoolTimeout, PoolClosed, TooManyRequests)


class Ready(BaseModel):
    """What the service needs to decide."""

    ready: bool
    store: bool = Field(description="the database answers")
    features: bool = Field(description="the running state of the features was built")
    rehearsed: bool = Field(description="a decision was rehearsed, so that the first till does not wait for compiling")
    champion: str | None = Field(description="fingerprint of the model that serves; null means rules only")


@health.get("/health/live")
def live() -> dict[str, bool]:
    """The process answers."""
    return {"live": True}


@health.get("/health/ready", response_model=Ready, responses={503: {"model": Ready}})
def ready(service: ServiceOf) -> Response:
    """The store answers, features are built, a decision was rehearsed; without a champion rules decide alone."""
    try:
        with service.pool.connection(timeout=2) as connection:
            has_store = True
            has_features = _has_features(connection)
        rehearsed = has_features and service.rehearsal.is_done()
        champion = service.desk.watch.current().fingerprint
    except _NO_STORE:
        has_store, has_features, rehearsed, champion = False, False, False, None
    is_ready = has_store and has_features and rehearsed
    body = Ready(ready=is_ready, store=has_store, features=has_features, rehearsed=rehearsed, champion=champion)
    return JSONResponse(body.model_dump(), 200 if is_ready else 503)


def _has_features(connection: psycopg.Connection) -> bool:
    """Built for the feature set that this program declares, or nothing was ever imported."""
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM feature_builds WHERE feature_set = %s)"
        " OR NOT EXISTS (SELECT 1 FROM claims WHERE source <> 'service')",
        [FEATURE_SET],
    ).fetchone()
    return bool(row and row[0])


@health.get("/metrics", include_in_schema=False)
def metrics(service: ServiceOf) -> Response:
    """The figures of this process, and some of the store; labels hold no personal data."""
    _count_unconfirmed(service)
    _show_watch(service)
    return Response(generate_latest(service.figures.registry), media_type=CONTENT_TYPE_LATEST)


def _count_unconfirmed(service: Service) -> None:
    figures, now = service.figures, time.monotonic()
    if now - figures.unconfirmed_counted_at < COUNT_SECONDS:
        return
    figures.unconfirmed_counted_at = now
    try:
        with service.pool.connection(timeout=2) as connection:
            figures.unconfirmed.set(count_unconfirmed(connection, int(service.desk.clock())))
    except _NO_STORE:
        figures.unconfirmed.set(float("nan"))  # the other figures are shown all the same


def _show_watch(service: Service) -> None:
    """The figures that `yicha watch` left in the store: one row is read, nothing is reckoned."""
    try:
        with service.pool.connection(timeout=2) as connection:
            report = newest_report(connection, WATCH)
    except _NO_STORE:
        return  # what was shown before stays
    if report is None:
        return
    figures = service.figures
    for name, value in report.figures.items():
        figures.watch.labels(name).set(float("nan") if value is None else value)
    figures.watch_within_bounds.set(report.is_within_bounds)
    figures.watch_made_at.set(report.made_at.timestamp())
