"""Link and ring columns: the newest row of the claim's node that was there when the claim became known."""

from __future__ import annotations

from features.declare import Feature, Node
from graphs.columns import NODE_KINDS, columns_of


def value(feature: Feature) -> str | None:
    """The feature on the asked claim `q`; None when it is not of this family."""
    match feature.how:
        case Node(what):
            kind = next(kind for kind in NODE_KINDS if what in {column.name for column in columns_of(kind)})
            return f"""(SELECT arg_max(n.value, n.available_at) FROM nodes n WHERE n.name = '{what}'
                AND n.node_id = q.{kind}_id AND n.available_at <= q.known_at)"""
        case _:
            return None
