"""`records.number`: numbers of a series, per day where the pattern says so, each call once (`JC-20260302-0001`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update

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
            result = connection.execute(
                update(t.counter).where(t.counter.c.series == series).values(value=t.counter.c.value + 1)
            )
            if result.rowcount == 0:
                connection.execute(insert(t.counter), {"series": series, "value": 1})
            known = connection.execute(select(t.counter.c.value).where(t.counter.c.series == series)).scalar_one()
            connection.execute(insert(t.counter), {"series": mark, "value": known})
    return {"result": f"{series}{known:0{digits}d}"}
