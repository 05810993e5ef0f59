"""The watch as one page: it asks no other host for anything and runs no script."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from claims.clock import to_moment
from training.watch.charts import against, bars, lines
from training.watch.run import Watched
from training.watch.stability import Moved
from training.watch.verdict_weeks import LED

SHOWN = 20


def write_page(it: Watched, path: Path) -> Path:
    """Write the page to `path`, whose folder is made if missing."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(), trim_blocks=True
    )
    most = it.bounds.most_stability_index
    html = environment.get_template("page.html").render(
        it=it,
        shown=min(SHOWN, len(it.columns)),
        begin=f"{it.window.begin.astimezone(to_moment(0).tzinfo):%Y-%m-%d}",
        end=f"{it.window.end.astimezone(to_moment(0).tzinfo):%Y-%m-%d}",
        until=to_moment(it.bundle.trained_until).date(),
        columns=_moved(it.columns[:SHOWN], most),
        scores=_moved(it.scores, most),
        said=_moved((*it.reasons, *it.rules[:SHOWN]), most),
        calibration=_calibration(it),
        precision=_precision(it),
        percent=lambda share: "–" if share is None else f"{share:.1%}",
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")
    return path


def _moved(rows: tuple[Moved, ...], most: float) -> Markup:
    return bars([(row.name, row.index, row.is_beyond(most)) for row in rows], most)


def _calibration(it: Watched) -> Markup:
    bins = it.calibration.bins if it.calibration else ()
    return against([(each.probability, each.violating, f"{each.violating:.1%} of {each.judged}") for each in bins])


def _precision(it: Watched) -> Markup:
    weeks = sorted({row.begins for row in it.verdicts})
    by_week: dict[object, list[int]] = defaultdict(lambda: [0, 0])
    for row in it.verdicts:
        if row.drawn_by in LED:
            by_week[row.begins][0] += row.violating
            by_week[row.begins][1] += row.judged
    values = [by_week[week][0] / by_week[week][1] if by_week[week][1] else None for week in weeks]
    return lines([f"{week:%m-%d}" for week in weeks], [("命中率 precision", values)], it.bounds.least_queue_precision)
