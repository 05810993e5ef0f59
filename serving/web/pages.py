"""Renders pages: language, formats and the error page; knows no HTTP beyond that."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.responses import HTMLResponse

from claims.clock import AREA_ZONE
from serving.web.words import DEFAULT_LANGUAGE, LANGUAGES, word

LANGUAGE_COOKIE = "yicha_language"
LANGUAGE_SECONDS = 365 * 86_400
_MACHINE_PATHS = ("/v1/", "/health", "/metrics", "/openapi.json")
SHORT_ID = 14
"""Longer ids are cut in tables; a pseudonym's first characters tell persons apart, the whole is in the title."""


def _money(fen: int | None) -> str:
    """Yuan with thousands separated."""
    return "" if fen is None else f"{fen / 100:,.2f}"


def _percent(share: float) -> str:
    return f"{share * 100:.1f}%" if 0 < share < 0.1 else f"{share * 100:.0f}%"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(AREA_ZONE):%Y-%m-%d %H:%M}"


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(AREA_ZONE):%Y-%m-%d}"


def short(text: str) -> str:
    """The beginning of a long id."""
    return text if len(text) <= SHORT_ID else text[: SHORT_ID - 1] + "…"


def _quantity(quantity_e4: int) -> str:
    return f"{quantity_e4 / 10_000:g}"


def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    made = Environment(
        loader=FileSystemLoader(folder), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(money=_money, percent=_percent, moment=_moment, day=_day, short=short, quantity=_quantity)
    return made


_pages = _environment()


def is_page(request: Request) -> bool:
    """Whether a person browses, rather than a machine calls."""
    wants_page = "text/html" in request.headers.get("accept", "")
    return wants_page and not request.scope["path"].startswith(_MACHINE_PATHS)


def language_of(request: Request) -> str:
    """The language asked for in the address, else the one of the cookie, else Chinese."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return asked if asked in LANGUAGES else DEFAULT_LANGUAGE


def page(request: Request, template: str, code: int = 200, **values: Any) -> HTMLResponse:
    """A page in the reader's language.

    Args:
        request: says the language and where we are.
        template: a file of `templates/`.
        code: HTTP status.
        values: what the template shows.
    """
    language = language_of(request)
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in {"lang", "filed"}]
    html = _pages.get_template(template).render(
        {
            "w": lambda key: word(key, language),
            "lang": language,
            "switch_to": f"?{urlencode([*kept, ('lang', other)])}",  # no path: it is the caller's text
            "holder": None,
            **values,
        }
    )
    response = HTMLResponse(html, code)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language, LANGUAGE_SECONDS, samesite="strict", httponly=True)
    return response


def error_page(request: Request, status: int, detail: str) -> HTMLResponse:
    """The page that says what happened and the way back."""
    return page(request, "error.html", status, status=status, detail=detail)
