"""The page that lists every feature, written from the declarations."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable

import features.catalogue as catalogue
from features.cells import cells_of
from features.declare import AgainstPeers, Closed, Confirmed, Feature, Node, Own
from features.rows import TILE_ENTITIES

HEAD = """# Features

Written from the declarations in `features/catalogue/` by `yicha features document`; change those, then run it again.

{count} features, set `{fingerprint}`. By whose past they read:

{counts}

How to read the tables:

- **N** is the feature's value. Money is in fen in the matrix and in yuan in sentences.
- **Window**: for a claim settled at t it holds the claims settled in [floor(t - window, hop), t] that were recorded
  before the claim. The hop is an hour up to a day, a day up to 31 days, a week beyond, cut on the area's clock.
- **Gross** counts a settlement also when it was taken back later; **net** takes what went back out of the hop of its
  purchase, from the reversal's order on.
- **Evaluator**: *history* reads the person's own claims; *tile* reads packed sums of a place or a doctor; *last seen*
  reads the last time of each pair; *closed day* reads a table that was closed before the claim; *claim* needs no past.
- **Empty** is the value where there is no past.
"""
_TABLE_HEAD = (
    "| name | what it says | window | unit | counts | evaluator | empty | why |\n|---|---|---|---|---|---|---|---|\n"
)


def feature_page(features: tuple[Feature, ...] = catalogue.FEATURES) -> str:
    """The whole page as Markdown: one section for each entity, in it one table for each file of the catalogue."""
    entities = list(dict.fromkeys(feature.entity for feature in features))
    of_entity = {entity: [feature for feature in features if feature.entity == entity] for entity in entities}
    counts = "\n".join(["| entity | features |", "|---|---|"] + [f"| {_spaced(entity)} | {len(of_entity[entity])} |"
                                                                  for entity in entities])  # fmt: skip
    head = HEAD.format(count=len(features), fingerprint=catalogue.feature_set(), counts=counts)
    return "\n".join([head, *(_section(entity, chosen) for entity, chosen in of_entity.items())])


def _section(entity: str, features: Iterable[Feature]) -> str:
    family_of, titles = _families()
    tables: dict[str, list[str]] = {}
    for feature in features:
        tables.setdefault(family_of[feature.name], []).append(_row(feature))
    parts = [f"{titles[family]}\n\n{_TABLE_HEAD}" + "".join(rows) for family, rows in tables.items()]
    return f"## {_spaced(entity).capitalize()}\n\n" + "\n".join(parts)


def _families() -> tuple[dict[str, str], dict[str, str]]:
    """The catalogue's file that declares each feature, by name, and the first line of each file's docstring."""
    family_of, titles = {}, {}
    for found in pkgutil.iter_modules(catalogue.__path__):
        module = importlib.import_module(f"{catalogue.__name__}.{found.name}")
        titles[found.name] = (module.__doc__ or found.name).splitlines()[0]
        for declared in vars(module).values():
            if isinstance(declared, tuple):
                family_of.update({one.name: found.name for one in declared if isinstance(one, Feature)})
    return family_of, titles


def _row(feature: Feature) -> str:
    says = f"{feature.says_en}<br>{feature.says_zh}".replace("{value}", "N")
    window = "" if isinstance(feature.how, (Own, Closed, Node)) else feature.window
    cells = (
        f"`{feature.name}`", says, window, feature.unit, gross_or_net(feature), evaluator_of(feature),
        f"{feature.empty:g}", feature.why,
    )  # fmt: skip
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def gross_or_net(feature: Feature) -> str:
    """What a reversal does to the feature, as the docstring of its aggregate says; empty where there is no past."""
    words = re.findall(r"\w+", (type(feature.how).__doc__ or "").lower())
    return " over ".join(word for word in ("net", "gross") if word in words)


def evaluator_of(feature: Feature) -> str:
    """Which of the evaluators gives the feature."""
    if isinstance(feature.how, Own):
        return "claim"
    if isinstance(feature.how, (Node, Closed, Confirmed, AgainstPeers)):
        return "closed day"
    if not any(cell.per in TILE_ENTITIES for cell in cells_of(feature)):
        return "history"
    return "last seen" if any(cell.family in ("distinct", "new") for cell in cells_of(feature)) else "tile"


def _spaced(entity: str) -> str:
    return entity.replace("_", " and ")
