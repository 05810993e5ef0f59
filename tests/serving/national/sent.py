"""The made-up messages, and how tests send them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient

from tests.serving.bodies import Keys, bearer

FOLDER = Path(__file__).parent / "messages"
NUMBERS = sorted(path.stem for path in FOLDER.glob("*.json"))

Message = dict[str, Any]


def message(number: str, msgid: str | None = None) -> Message:
    """The made-up message of a transaction, to be changed at will."""
    made: Message = json.loads((FOLDER / f"{number}.json").read_text(encoding="utf-8"))
    return {**made, "msgid": msgid} if msgid else made


def send(client: TestClient, keys: Keys, body: Message) -> Message:
    """The envelope that a message gets."""
    answer = post(client, keys, str(body["infno"]), body)
    assert answer.status_code == 200
    envelope: Message = answer.json()
    return envelope


def post(client: TestClient, keys: Keys, number: str, body: Any) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(f"/national/{number}", content=content, headers=bearer(keys.settlement))


def taken(client: TestClient, keys: Keys, number: str, msgid: str | None = None) -> Message:
    """The output of a message that must be taken."""
    envelope = send(client, keys, message(number, msgid))
    assert envelope["infcode"] == "0", envelope["err_msg"]
    output: Message = envelope["output"]
    return output


def places_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all fields of a message, of lists only in their first element."""
    found: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        for name, inner in value.items():
            found += [(*path, name), *places_of(inner, (*path, name))]
    if isinstance(value, list) and value:
        found += places_of(value[0], (*path, 0))
    return found


def changed(body: Message, path: tuple[Any, ...], value: Any) -> Message:
    """The message with another value at a path."""
    made = copy.deepcopy(body)
    inner: Any = made
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return made


def without(body: Message, path: tuple[Any, ...]) -> Message:
    """The message without the field at a path."""
    made = copy.deepcopy(body)
    inner: Any = made
    for part in path[:-1]:
        inner = inner[part]
    del inner[path[-1]]
    return made


def spelled(path: tuple[Any, ...]) -> str:
    """A path as err_msg spells it."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
