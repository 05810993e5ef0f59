"""Node columns: what the links and rings say about a patient, doctor or institution, as known at a moment."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv
from propcache.api import cached_property

from claims.tables import Array

NodeKind = Literal["patient", "doctor", "institution"]
NODE_KINDS: tuple[NodeKind, ...] = ("patient", "doctor", "institution")


@dataclass(frozen=True)
class NodeColumn:
    """One number about a node; `says_zh` and `says_en` hold `{value}`.

    A key tells nodes that belong together from others; its size means nothing, so it is no feature.
    """

    node_kind: NodeKind
    name: str
    unit: str
    why: str
    says_zh: str
    says_en: str
    is_key: bool = False


RING_NUMBER = "patient_ring_number"
"""The number of the standing ring whose score is `patient_ring_score`, 0 for none: see `graphs.stable_ids`."""


NODE_COLUMNS: tuple[NodeColumn, ...] = (
    NodeColumn(
        "patient",
        "patient_ring_score",
        "0..1",
        "People who move together form a group; the score joins how surprising that is with what the group takes.",
        "所在团伙的评分为 {value}",
        "This person: the group that moves together scores {value}",
    ),
    NodeColumn(
        "patient",
        "patient_ring_size",
        "persons",
        "A household has two to six cards; a collector holds more.",
        "所在团伙共有 {value} 人",
        "This person: one of a group of {value} who move together",
    ),
    NodeColumn(
        "patient",
        "patient_ring_joint_days_180d",
        "days",
        "A group that moves together on many days is no accident.",
        "近180天所在团伙有 {value} 天步调一致",
        "This person: the group moved together on {value} days in the last 180",
    ),
    NodeColumn(
        "patient",
        "patient_joint_swipe_partners_90d",
        "persons",
        "Met at a till within minutes on at least two days: few people have many such partners.",
        "近90天与 {value} 人在两天以上先后刷卡",
        "This person: swiped together with {value} persons on two days or more in the last 90",
    ),
    NodeColumn(
        "patient",
        "patient_joint_swipe_days_90d",
        "days",
        "A card that is nearly always swiped beside the same others is not in its owner's hand.",
        "近90天有 {value} 天与固定的人先后刷卡",
        "This person: swiped beside a repeated partner on {value} of the last 90 days",
    ),
    NodeColumn(
        "patient",
        "patient_joint_surprise_sum_180d",
        "nats",
        "Joint swipes weighted by how unlikely they are at so busy a till; crowds and regulars weigh little.",
        "近180天同刷的异常程度合计 {value}（越高越不像巧合）",
        "This person: joint swipes of 180 days, by how unlikely they are by chance, add up to {value}",
    ),
    NodeColumn(
        "patient",
        "patient_partners_surprise_mean_180d",
        "nats",
        "Members of a ring have partners who themselves meet many others; a spouse's partner is only the spouse.",
        "同刷伙伴的同刷异常程度平均为 {value}（越高越不像巧合）",
        "This person: the joint swipes of the partners, by how unlikely they are by chance, average {value}",
    ),
    NodeColumn(
        "patient",
        "patient_partners_ring_score_max",
        "0..1",
        "A card at the edge of a ring has partners in it before it belongs itself.",
        "同刷伙伴中最高的团伙评分为 {value}",
        "This person: the highest ring score among those swiped together with is {value}",
    ),
    NodeColumn(
        "patient",
        "patient_second_partners_ring_score_max",
        "0..1",
        "Whoever shares partners with a ring is the next to be drawn in, or its collector's other card.",
        "同刷伙伴的伙伴中最高的团伙评分为 {value}",
        "This person: the highest ring score two links away among those swiped together is {value}",
    ),
    NodeColumn(
        "patient",
        "patient_shared_partners_share_180d",
        "share",
        "In a ring everybody meets everybody; at a busy till one's partners do not know each other.",
        "与同刷伙伴的共同伙伴占比最高为 {value}",
        "This person: shares up to {value} of the partners with one of them",
    ),
    NodeColumn(
        "patient",
        "patient_confirmed_closeness",
        "1/links",
        "Fraud that was confirmed spreads along links: 1 a partner, 1/2 a partner's partner, 1/3 one further.",
        "与已查实违规人员的关联紧密度为 {value}（1 为直接同刷）",
        "This person: closeness to the nearest other person with a confirmed finding is {value} (1 is a partner)",
    ),
    NodeColumn(
        "patient",
        RING_NUMBER,
        "number",
        "Cards of one ring that meet at a till are told at the settlement by the number that they share.",
        "所在团伙的编号为 {value}",
        "This person: a member of the ring with the number {value}",
        is_key=True,
    ),
    NodeColumn(
        "institution",
        "institution_ring_patient_share_180d",
        "share",
        "Collectors need a till that asks no questions; a crooked pharmacy serves many ring members.",
        "近180天该机构患者中团伙成员占 {value}",
        "This institution: {value} of the patients of 180 days are ring members",
    ),
    NodeColumn(
        "institution",
        "institution_rings",
        "rings",
        "Several rings that use one place point at the place.",
        "有 {value} 个团伙在该机构刷卡",
        "This institution: {value} rings swipe their cards here",
    ),
    NodeColumn(
        "institution",
        "institution_joint_surprise_per_claim_180d",
        "nats",
        "Empty swipes come in bursts of the same cards, whatever the size of the place.",
        "近180天该机构同刷的异常程度平均每笔 {value}（越高越不像巧合）",
        "This institution: joint swipes of 180 days, by how unlikely they are by chance, average {value} a claim",
    ),
    NodeColumn(
        "institution",
        "institution_shared_patient_share_180d",
        "share",
        "Patients sent round several places appear at all of them.",
        "近180天该机构患者中 {value} 也在他处就医",
        "This institution: {value} of the patients of 180 days were seen elsewhere too",
    ),
    NodeColumn(
        "institution",
        "institution_neighbours_ring_share_mean_180d",
        "share",
        "Places that share patients with places of ring members are where the ring goes next.",
        "与该机构共有患者的机构，团伙成员平均占 {value}",
        "This institution: at places that share its patients, ring members make up {value} on average",
    ),
    NodeColumn(
        "doctor",
        "doctor_ring_patient_share_180d",
        "share",
        "Collectors keep to the doctor who writes what they ask for.",
        "近180天该医师患者中团伙成员占 {value}",
        "This doctor: {value} of the patients of 180 days are ring members",
    ),
    NodeColumn(
        "doctor",
        "doctor_top_pharmacy_share_180d",
        "share",
        "A doctor whose patients nearly all buy at one pharmacy may steer them, or write for it.",
        "近180天该医师的购药患者中 {value} 集中到同一药店",
        "This doctor: {value} of the patients who buy at pharmacies go to the same one in 180 days",
    ),
)


def columns_of(node_kind: NodeKind) -> tuple[NodeColumn, ...]:
    """The columns of one kind of node, in the order of `values` in table `node_columns`."""
    return tuple(column for column in NODE_COLUMNS if column.node_kind == node_kind)


@dataclass(frozen=True)
class NodeChanges:
    """The rows of `node_columns` of one kind, sorted by node and moment.

    Attributes:
        names: k column names.
        ids: (u,) sorted distinct node ids.
        code: (m,) row number in `ids`.
        available_at: (m,) seconds from which the values hold.
        values: (m, k).
    """

    names: tuple[str, ...]
    ids: Array
    code: Array
    available_at: Array
    values: Array

    @cached_property
    def code_of(self) -> dict[str, int]:
        """The row number in `ids` of each node."""
        return dict(zip(self.ids.tolist(), range(len(self.ids)), strict=True))


def read_changes(
    connection: psycopg.Connection, node_kind: NodeKind, ids: Sequence[str | None] | None = None
) -> NodeChanges:
    """Read the stored changes of all nodes of a kind, or of the given ones.

    Args:
        connection: an open connection.
        node_kind: which nodes.
        ids: only these; None and unknown ids are allowed and have no rows.
    """
    names = tuple(column.name for column in columns_of(node_kind))
    if ids is not None:
        return _read_few(connection, node_kind, names, sorted({name for name in ids if name is not None}))
    query = f'{changes_query(node_kind)} ORDER BY node_id COLLATE "C", available_at'
    with connection.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
        text = b"".join(bytes(block) for block in copy)
    if not text:
        return changes_of(changes_schema(node_kind).empty_table())
    schema = changes_schema(node_kind)
    table = pacsv.read_csv(
        io.BytesIO(text),
        read_options=pacsv.ReadOptions(column_names=schema.names),
        convert_options=pacsv.ConvertOptions(column_types=schema),
    )
    return changes_of(table)


_RING_PLACE = [column.name for column in columns_of("patient")].index(RING_NUMBER) + 1
IN_RING = f"node_kind = 'patient' AND values[{_RING_PLACE}] > 0"
"""SQL: a row of `node_columns` of a member of a ring; an index holds just these."""


def read_ring_changes(connection: psycopg.Connection) -> NodeChanges:
    """The numbers of rings of all who ever stood in one."""
    rows = connection.execute(
        f"SELECT node_id, extract(epoch FROM available_at)::bigint, ARRAY[values[{_RING_PLACE}]] FROM node_columns "
        f"WHERE node_kind = 'patient' AND node_id IN (SELECT node_id FROM node_columns WHERE {IN_RING}) "
        'ORDER BY node_id COLLATE "C", available_at',
        binary=True,
    ).fetchall()
    return _of_rows((RING_NUMBER,), rows)


def changes_query(node_kind: NodeKind) -> str:
    """SQL of the stored changes of all nodes of a kind, in the columns of `changes_schema`, without an order."""
    cells = ", ".join(f"values[{place + 1}]" for place in range(len(columns_of(node_kind))))
    return (
        f"SELECT node_id, extract(epoch FROM available_at)::bigint, {cells} FROM node_columns "
        f"WHERE node_kind = '{node_kind}'"
    )


def changes_schema(node_kind: NodeKind) -> pa.Schema:
    """The columns of stored changes: the node, the moment, the values."""
    fields = {"id": pa.string(), "at": pa.int64(), **{each.name: pa.float64() for each in columns_of(node_kind)}}
    return pa.schema(fields)


def changes_of(table: pa.Table) -> NodeChanges:
    """Stored changes from a table that is sorted by node and moment."""
    ids, at, *values = (table.column(place) for place in range(table.num_columns))
    stacked = np.column_stack([column.to_numpy() for column in values])
    return _changes(tuple(table.column_names[2:]), ids.to_pylist(), at.to_numpy(), stacked)


def _read_few(
    connection: psycopg.Connection, node_kind: NodeKind, names: tuple[str, ...], ids: list[str]
) -> NodeChanges:
    rows = connection.execute(
        "SELECT node_id, extract(epoch FROM available_at)::bigint, values FROM node_columns "
        'WHERE node_kind = %s AND node_id = ANY(%s) ORDER BY node_id COLLATE "C", available_at',
        (node_kind, ids),
        binary=True,
    ).fetchall()
    return _of_rows(names, rows)


def _of_rows(names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> NodeChanges:
    """Changes from rows of node, moment and values, sorted by node and moment."""
    values = np.array([row[2] for row in rows], dtype=np.float64).reshape(len(rows), len(names))
    return _changes(names, [row[0] for row in rows], np.array([row[1] for row in rows], dtype=np.int64), values)


def _changes(names: tuple[str, ...], sorted_ids: list[str], available_at: Array, values: Array) -> NodeChanges:
    distinct = sorted(set(sorted_ids))
    code_of = {name: code for code, name in enumerate(distinct)}
    codes = np.fromiter((code_of[name] for name in sorted_ids), dtype=np.int64, count=len(sorted_ids))
    return NodeChanges(names, np.array(distinct, dtype=object), codes, available_at, values)
