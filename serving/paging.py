"""Where a page of the queue ends: the moment of the first page, and priority and id of the last row."""

import base64
import binascii
import struct
from dataclasses import dataclass

from claims.errors import BadSetting


@dataclass(frozen=True)
class Place:
    """A place in the queue as it stood at `at` (seconds since 1970)."""

    at: int
    priority: float
    case_id: str


def write_place(place: Place) -> str:
    """The place as a text for addresses.

    >>> read_place(write_place(Place(5, 0.1, "C1")))
    Place(at=5, priority=0.1, case_id='C1')
    """
    packed = struct.pack("<qd", place.at, place.priority) + place.case_id.encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_place(text: str) -> Place:
    """The place that `write_place` wrote.

    Raises:
        BadSetting: the text was not written by us.
    """
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        at, priority = struct.unpack("<qd", packed[:16])
        case_id = packed[16:].decode("ascii")
        if priority != priority or not 0 <= at < 2**33 or "\0" in case_id:
            raise ValueError
    except (binascii.Error, struct.error, ValueError):
        raise BadSetting(
            "The value of `after` is not one of ours. Expected the `next` of the page before, unchanged. "
            "Begin at the first page."
        ) from None
    return Place(at, priority, case_id)
