"""Everything one process of the service holds, wired in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import psycopg
from fastapi import Depends, Request
from psycopg_pool import ConnectionPool

from audit.life.ledger import record_declarations
from claims.pseudonyms import open_pseudonyms
from claims.settings import Settings
from claims.store.connect import Store
from scoring.bundle import Bundle
from serving.auth import session_secret
from serving.bundle_watch import CHECK_SECONDS, BundleWatch, load_fitting
from serving.desk import Desk
from serving.national.area import Area, read_area
from serving.observe import Figures
from serving.rehearsal import Rehearsal
from serving.shadow import Shadow
from serving.steps import STEPS, Steps

POOL_LEAST, POOL_SIZE = 2, 8
"""Connections of one worker; more threads than this wait, since a two-core server gains nothing from more."""

POOL_WAIT_SECONDS = 5.0
"""Then a caller gets 503; tills give up after ten."""


@dataclass(frozen=True)
class Service:
    """What the routes use."""

    desk: Desk
    secret: bytes
    rehearsal: Rehearsal
    area: Area
    shadow: Shadow

    @property
    def pool(self) -> ConnectionPool[psycopg.Connection]:
        """Connections of the role that may not change ledgers."""
        return self.desk.pool

    @property
    def figures(self) -> Figures:
        """The figures of this process."""
        return self.desk.figures

    def close(self) -> None:
        """Let the challenger finish, then give the connections back."""
        self.shadow.close()
        self.pool.close()


def open_service(
    settings: Settings,
    store: Store,
    steps: Steps = STEPS,
    load: Callable[[Path, str], Bundle] = load_fitting,
    check_seconds: float = CHECK_SECONDS,
) -> Service:
    """Open connections, the pseudonym key and the champion, and rehearse a decision.

    Raises:
        KeyFileGone: the store knows a pseudonym key and the file is not it.
        StoreDown: the database does not answer.
        BadSetting: the area's dictionary of national messages cannot be used.
    """
    area = read_area(settings.national_area)
    with store.as_owner() as connection:
        pseudonyms = open_pseudonyms(settings, connection)
        record_declarations(connection)
    pool: ConnectionPool[psycopg.Connection] = ConnectionPool(
        store.service_url,
        min_size=POOL_LEAST,
        max_size=POOL_SIZE,
        timeout=POOL_WAIT_SECONDS,
        check=ConnectionPool.check_connection,
        open=True,
        kwargs={"connect_timeout": 5},
    )
    figures = Figures()
    watch = BundleWatch(pool, settings, figures, load, check_seconds)
    shadow = Shadow(pool, settings, figures, load, check_seconds)
    desk = Desk(pool, pseudonyms, watch, figures, steps, note=shadow.note)
    rehearsal = Rehearsal(desk, POOL_LEAST)
    rehearsal.is_done()
    return Service(desk, session_secret(settings.data_folder), rehearsal, area, shadow)


def service_of(request: Request) -> Service:
    """The service that answers this request."""
    service: Service = request.app.state.service
    return service


def _desk_of(request: Request) -> Desk:
    return service_of(request).desk


DeskOf = Annotated[Desk, Depends(_desk_of)]
ServiceOf = Annotated[Service, Depends(service_of)]
