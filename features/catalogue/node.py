"""What the newest snapshot of links and rings says."""

from features.declare import Feature, Node
from graphs.columns import NODE_COLUMNS

NODE: tuple[Feature, ...] = tuple(
    Feature(
        column.node_kind,
        Node(column.name),
        column.why,
        column.unit,
        named=column.name,
        zh=column.says_zh,
        en=column.says_en,
    )
    for column in NODE_COLUMNS
    if not column.is_key
)
