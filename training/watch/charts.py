"""Small charts as SVG text: they need no script, no host and no font file, and say their numbers when pointed at."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from markupsafe import Markup

WIDTH, ROW, LEFT = 720, 20, 330
HEIGHT, MARGIN = 220, 36
COLOURS = ("#0f5257", "#b3341f", "#a86200", "#2f5f9e")


def bars(rows: Sequence[tuple[str, float, bool]], bound: float | None = None) -> Markup:
    """Horizontal bars.

    Args:
        rows: name, value of at least 0, and whether it is beyond its bound.
        bound: drawn as a line.
    """
    most = max([value for _, value, _ in rows] + ([bound] if bound else []) + [1e-9])
    scale = (WIDTH - LEFT - 70) / most
    parts = []
    for place, (name, value, is_beyond) in enumerate(rows):
        top = place * ROW
        colour = COLOURS[1] if is_beyond else COLOURS[0]
        parts.append(
            f'<text x="{LEFT - 8}" y="{top + 14}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{LEFT}" y="{top + 4}" width="{max(value * scale, 1):.1f}" height="{ROW - 8}" fill="{colour}"/>'
            f'<text x="{LEFT + value * scale + 6:.1f}" y="{top + 14}">{value:.3f}</text>'
        )
    height = len(rows) * ROW + 4
    if bound:
        at = LEFT + bound * scale
        parts.append(f'<line x1="{at:.1f}" y1="0" x2="{at:.1f}" y2="{height}" class="bound"/>')
    return _svg(height, "".join(parts))


def lines(
    ticks: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]], bound: float | None = None
) -> Markup:
    """Shares over time, each line with its dots; a week without a figure has no dot.

    Args:
        ticks: n names along the axis.
        series: name and n shares between 0 and 1.
        bound: drawn as a line.
    """
    step = (WIDTH - 2 * MARGIN) / max(len(ticks) - 1, 1)
    parts = [_axis()]
    if bound is not None:
        parts.append(
            f'<line x1="{MARGIN}" y1="{_y(bound):.1f}" x2="{WIDTH - MARGIN}" y2="{_y(bound):.1f}" class="bound"/>'
        )
    for number, (name, values) in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        points = [(MARGIN + place * step, value) for place, value in enumerate(values) if value is not None]
        path = " ".join(f"{x:.1f},{_y(value):.1f}" for x, value in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [_dot(x, value, colour, f"{name}: {value:.1%}") for x, value in points]
        parts.append(f'<text x="{MARGIN + 160 * number}" y="{HEIGHT + 34}" fill="{colour}">{escape(name)}</text>')
    every = max(1, len(ticks) // 8)
    parts += [
        f'<text x="{MARGIN + place * step:.1f}" y="{HEIGHT + 14}" text-anchor="middle">{escape(tick)}</text>'
        for place, tick in enumerate(ticks)
        if place % every == 0
    ]
    return _svg(HEIGHT + 42, "".join(parts))


def against(points: Sequence[tuple[float, float, str]]) -> Markup:
    """What was found (up) against what was said (along), both between 0 and 1; on the diagonal both agree."""
    scale = WIDTH / 2 - 2 * MARGIN
    parts = [
        _axis(int(WIDTH / 2)),
        f'<line x1="{MARGIN}" y1="{_y(0):.1f}" x2="{MARGIN + scale:.1f}" y2="{_y(1):.1f}" class="bound"/>',
        *(_dot(MARGIN + said * scale, found, COLOURS[0], says) for said, found, says in points),
        *(
            f'<text x="{MARGIN + share * scale:.1f}" y="{HEIGHT + 14}" text-anchor="middle">{share:.0%}</text>'
            for share in (0.0, 0.5, 1.0)
        ),
    ]
    return _svg(HEIGHT + 20, "".join(parts), int(WIDTH / 2))


def _axis(width: int = WIDTH) -> str:
    return "".join(
        f'<line x1="{MARGIN}" y1="{_y(share):.1f}" x2="{width - MARGIN}" y2="{_y(share):.1f}" class="grid"/>'
        f'<text x="{MARGIN - 4}" y="{_y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>'
        for share in (0.0, 0.5, 1.0)
    )


def _y(share: float) -> float:
    return HEIGHT - 6 - min(max(share, 0.0), 1.0) * (HEIGHT - 20)


def _dot(x: float, share: float, colour: str, says: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{_y(share):.1f}" r="4" fill="{colour}"><title>{escape(says)}</title></circle>'


def _svg(height: int, inside: str, width: int = WIDTH) -> Markup:
    return Markup(f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img">{inside}</svg>')  # noqa: S704
