"""`records.number`: numbers of a series, per day where the pattern says so, each call once (`JC-20260302-0001`)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select, text, update

from engine.connectors.base import Call, PermanentFailure
from engine.store import tables as t

LONGEST_SERIES: Final = 100


def number(call: Call) -> Mapping[str, Any]:
    """Parameters: `series` (text before the number; `{date}` becomes YYYYMMDD), `digits` (default 4).

    `{date}` is the day, where the installation is, on which the number was first asked for. Result:
    `{"result": "JC-20260302-0001"}`. The same call again gives the same number.
    """
    day = (call.asked_at or call.now).astimezone(call.zone)
    series = call.text("series").replace("{date}", day.strftime("%Y%m%d"))
    digits = _digits(call.parameters.get("digits"))
    if len(series) > LONGEST_SERIES:
        raise PermanentFailure(
            f"A series has at most {LONGEST_SERIES} characters.", f"编号前缀最多 {LONGEST_SERIES} 个字符。"
        )
    with call.database.write() as connection:
        mark = f"call/{call.key}/{series}"
        known = connection.execute(select(t.counter.c.value).where(t.counter.c.series == mark)).scalar_one_or_none()
        if known is None:
            known = _next(connection, series)
            connection.execute(insert(t.counter), {"series": mark, "value": known})
    return {"result": f"{series}{known:0{digits}d}"}


def _digits(value: Any) -> int:
    if value is None:
        return 4
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str) or not str(value).isdecimal():
        raise PermanentFailure(f"“digits” is not a number: {value!r}.", f"“digits”不是数字：{value!r}。")
    return min(int(value), 20)


_INCREMENT = (
    update(t.counter).where(t.counter.c.series == bindparam("b_series")).values(value=t.counter.c.value + 1)
)  # locks the series' row until the end of the transaction: others wait for their number
_BEGIN = text("INSERT INTO counter (series, value) VALUES (:series, 0) ON CONFLICT DO NOTHING")


def _next(connection: Connection, series: str) -> int:
    if connection.execute(_INCREMENT, {"b_series": series}).rowcount == 0:
        connection.execute(_BEGIN, {"series": series})  # two may come at once: then the second waits here for the first
        connection.execute(_INCREMENT, {"b_series": series})
    return int(connection.execute(select(t.counter.c.value).where(t.counter.c.series == series)).scalar_one())
