"""The page that shows every table of knowledge that can be imported, written from the declarations."""

from __future__ import annotations

from collections.abc import Iterable

from claims.tables import KNOWLEDGE
from rules.knowledge.kinds import DIAGNOSIS_KINDS, KINDS
from rules.knowledge.local import ITEMS, LOCAL_TABLES, PAIRS, LocalTable
from rules.knowledge.shapes import HEADERS, LAYOUTS, PUBLISHED, Shape
from rules.knowledge.words import says
from rules.library.national import national_rules

HEAD = """# Knowledge tables

Written from the declarations in `rules/knowledge/` by `yicha knowledge document`; change those, then run it again.

`yicha knowledge import FILE...` brings a table in, a workbook (.xlsx) or a CSV file (UTF-8 or GB18030). Its headers and
its column 限定类型 decide what it is; a table is taken as a whole or not at all, and holds from `--since` on. A newer
table of a kind ends the older one; with `--adds` it replaces what is known about its own items only. Terms that are not
plain are kept, counted and act never. No medical knowledge comes with Yicha: what is here are shapes, and all codes
below are made up.

## Local tables

An area makes these, from its own policy or from what the nation published in words; the first ones below add to tables
that the nation has published (`--adds`). A file has one 限定类型 in all
rows: the name of the rule that it feeds. Order of columns and further columns do not matter. A diagnosis, department or
care category is meant by the beginning of its code: A00T also means A00T.1; a range of categories such as A00-A09 may
stand for all of them.

### One item a row

Several rows of an item add up where a row allows (diagnoses, departments).

{items}
### Two items a row

The second is what the first one needs, contains or excludes; several rows of a first item are alternatives.

{pairs}
An empty cell in 限定值域 is right where the example has none. 限二线使用 without days looks as far back as a person's
past is known, at least 400 days.

### A file

```csv
项目名称,项目编码,限定类型,限定值域
测试项目甲,TEST-0001,医疗服务项目限科室使用,T03.01、测试科
测试项目乙,TEST-0002,医疗服务项目限科室使用,T04
```

```csv
药品名称,药品编码,关联项目名称,关联项目编码,限定类型,限定值域
测试药甲,XTEST-0001,测试药乙,XTEST-0002,药品限二线使用,90天内
```

A table of drugs or herbal pieces may also have two sheets as the published ones do: 药品通用名, 限定类型 and 限定值域
on the first, 药品通用名, 国标代码 and 限定类型 on the second.

## Published tables

These are read as the nation publishes them.

{published}
## Headers

Each thing may be called by any of these names.

{headers}"""


def knowledge_page() -> str:
    """The whole page as Markdown."""
    headers = (
        f"- {what}: {'、'.join(name for name, meaning in HEADERS.items() if meaning == what)}\n"
        for what in dict.fromkeys(HEADERS.values())
    )
    return HEAD.format(
        items=_table(
            _local_head("项目名称", "项目编码"), (_local(each) for each in LOCAL_TABLES if each.layout == ITEMS)
        ),
        pairs=_table(
            _local_head("项目名称", "项目编码", "关联项目名称", "关联项目编码"),
            (_local(each) for each in LOCAL_TABLES if each.layout == PAIRS),
        ),
        published=_table(("kind", "rule", "headers", "what says which table it is"), map(_published, PUBLISHED)),
        headers="".join(headers),
    )


def _local_head(*names: str) -> tuple[str, ...]:
    return ("kind", "rule", *names, "限定类型", "限定值域", "means")


def _local(table: LocalTable) -> Iterable[str]:
    """A row with the example as a file would hold it."""
    is_diagnosis = table.kind in DIAGNOSIS_KINDS
    first = ("测试病", "A00T") if is_diagnosis else ("测试甲", "TEST-0001")
    other = ("测试乙", "TEST-0002") if table.layout == PAIRS else ()
    point = {
        **dict.fromkeys(KNOWLEDGE.names),
        **dict(zip(("item_name", "item_code", "other_name", "other_code"), (*first, *other), strict=False)),
        **(table.reads(table.example, "") or {}),
        "kind": table.kind,
        "is_understood": True,
    }
    codes = _codes(table.limited) or (KINDS[table.kind].code,)
    rule = ", ".join(f"`{code}`" for code in codes)
    zh, en = says(point)
    return (f"`{table.kind}`", rule, *first, *other, "<br>".join(table.limited), table.example, f"{zh}<br>{en}")


def _codes(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(each.code for name in names for each in national_rules() if each.name_zh == name)


def _published(shape: Shape) -> Iterable[str]:
    kind = KINDS[shape.kind]
    sheets = " + ".join(_names(headers) for headers in LAYOUTS[shape.layout])
    return (f"`{shape.kind}`", f"{kind.zh}<br>`{kind.code}`", sheets, "、".join(shape.limited))


def _names(headers: frozenset[str]) -> str:
    """One name for each thing, in the order of `HEADERS`."""
    first_name = {what: name for name, what in reversed(HEADERS.items())}
    return "、".join(first_name[what] for what in dict.fromkeys(HEADERS.values()) if what in headers)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = tuple(head)
    return _row(names) + _row(["---"] * len(names)) + "".join(map(_row, rows))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
