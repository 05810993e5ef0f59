"""Reviewers of the practice store: the city's own are so slow that months pass before a verdict tells anything."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

import psycopg

from claims.clock import DAY

MISTAKEN = 0.02
DELAY_DAYS = (10, 40)
CHANCE_UNIT = 10_000


def review(connection: psycopg.Connection, city: Path, asked: str, drawn_by: str, chance: float) -> int:
    """Add verdicts by what is really wrong, some of them mistaken, ten to forty days after the claim was known.

    Args:
        connection: the owner's; the transaction is the caller's.
        city: its folder, with the truth.
        asked: trusted SQL that gives the ids of claims; those judged before are left out.
        drawn_by: what led to them: random, rule, tip or model.
        chance: how likely each is judged; of random draws it is written down.

    Returns:
        How many were judged.
    """
    with (city / "truth" / "truth.csv").open(encoding="utf-8") as lines:
        taken: dict[str, int] = {}
        for row in csv.DictReader(lines):
            taken[row["setl_id"]] = taken.get(row["setl_id"], 0) + round(float(row["amount_yuan"]) * 100)
    claims = connection.execute(
        f"SELECT claim_id, extract(epoch FROM known_at)::bigint FROM claims WHERE claim_id IN ({asked})"
        " AND claim_id NOT IN (SELECT claim_id FROM verdicts WHERE claim_id IS NOT NULL) ORDER BY recorded_order"
    ).fetchall()
    dice = Random(drawn_by)  # noqa: S311  # made-up reviewers need repeatable, not secret, randomness
    rows = [
        _verdict(dice, claim_id, known_at, taken.get(claim_id, 0), drawn_by, chance)
        for claim_id, known_at in claims
        if dice.random() < chance
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO verdicts (verdict_id, claim_id, finding, amount_fen, decided_at, known_at, decided_by,"
            " drawn_by, draw_probability_e4)"
            " VALUES (%s, %s, %s, %s, to_timestamp(%s), to_timestamp(%s), 'practice', %s, %s)",
            rows,
        )
    return len(rows)


def _verdict(
    dice: Random, claim_id: str, known_at: int, taken_fen: int, drawn_by: str, chance: float
) -> tuple[object, ...]:
    is_violating = (taken_fen > 0) != (dice.random() < MISTAKEN)
    decided_at = known_at + dice.randint(*DELAY_DAYS) * DAY
    recorded = round(chance * CHANCE_UNIT) if drawn_by == "random" else None
    amount = max(taken_fen, 100) if is_violating else 0
    finding = "violating" if is_violating else "in_order"
    return f"practice-{claim_id}", claim_id, finding, amount, decided_at, decided_at, drawn_by, recorded
