"""`records.number`: numbers of a series, per day where the pattern says so, each call once (`JC-20260302-0001`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, text, update

from engine.connectors.base import Call
from engine.store import tables as t


def number(call: Call) -> Mapping[str, Any]:
    """Parameters: `series` (text before the number; `{date}` becomes YYYYMMDD), `digits` (default 4).

    Result: `{"result": "JC-20260302-0001"}`. The same call again gives the same number.
    """
    series = call.text("series").replace("{date}", call.now.strftime("%Y%m%d"))
    digits = int(call.parameters.get("digits") or 4)
    with call.database.write() as connection:
        mark = f"call/{call.key}"
        known = connection.execute(select(t.counter.c.value).where(t.counter.c.series == mark)).scalar_one_or_none()
        if known is None:
            known = _next(connection, series)
            connection.execute(insert(t.counter), {"series": mark, "value": known})
    return {"result": f"{series}{known:0{digits}d}"}


_INCREMENT = (
    update(t.counter).where(t.counter.c.series == bindparam("b_series")).values(value=t.counter.c.value + 1)
)  # locks the series' row until the end of the transaction: others wait for their number
_BEGIN = text("INSERT INTO counter (series, value) VALUES (:series, 0) ON CONFLICT DO NOTHING")


def _next(connection: Connection, series: str) -> int:
    if connection.execute(_INCREMENT, {"b_series": series}).rowcount == 0:
        connection.execute(_BEGIN, {"series": series})  # two may come at once: then the second waits here for the first
        connection.execute(_INCREMENT, {"b_series": series})
    return int(connection.execute(select(t.counter.c.value).where(t.counter.c.series == series)).scalar_one())
