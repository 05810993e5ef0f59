"""The web application: routes, layers and error answers around one service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from claims.settings import read_settings
from claims.store.connect import open_store
from serving.api import api
from serving.errors import add_error_answers, unexpected
from serving.health import health
from serving.limits import Guarded
from serving.memory import keep_for_good
from serving.national.routes import national
from serving.observe import Observed, configure_logs
from serving.operations import operations
from serving.register_routes import register_routes
from serving.rule_routes import rule_routes
from serving.service import Service, open_service
from serving.web.routes import web

DESCRIPTION = """Watches a medical-insurance fund (蚁察): decides settlements with reasons, keeps the audit queue.

Money travels as text in yuan with two decimals; moments as ISO 8601 with offset; person numbers become keyed
pseudonyms on arrival and are never stored or logged."""


def create_app(service: Service) -> FastAPI:
    """The application around `service`; closes it when the application ends."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    # The interactive pages of FastAPI load scripts from elsewhere; the description itself is at /openapi.json.
    app = FastAPI(
        title="Yicha 蚁察", description=DESCRIPTION, version="0.1.0", docs_url=None, redoc_url=None, lifespan=lifespan
    )
    app.state.service = service
    app.include_router(api)
    app.include_router(operations)
    app.include_router(national)
    app.include_router(rule_routes)
    app.include_router(register_routes)
    app.include_router(health)
    app.include_router(web)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "web" / "static"), name="static")
    add_error_answers(app)
    app.add_middleware(Observed, figures=service.figures, unexpected=unexpected)
    app.add_middleware(Guarded)
    return app


def app_from_settings() -> FastAPI:
    """The application of this installation; what each worker process of `yicha serve` calls."""
    configure_logs()
    settings = read_settings()
    app = create_app(open_service(settings, open_store(settings)))
    keep_for_good()
    return app
