"""``python -m tests.benchmarks [part …]``: everything that is measured, as one table; exit code 1 when a limit is missed.

Parts: tasks, loop, many, inbox; none named: all. FEEL and DMN have their own modules here. Figures are ratios within one run,
since machines differ; a busy machine spoils them.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Mapping

from tests.benchmarks import bench_inbox, bench_loop, bench_many, bench_tasks
from tests.benchmarks.table import Row, show

PARTS: Mapping[str, tuple[str, Callable[[], list[Row]]]] = {
    "tasks": ("Ten user tasks in a line, over HTTP, beside the floor", bench_tasks.rows),
    "loop": ("The loop, engine and SQLite", bench_loop.rows),
    "many": ("Multi-instance, over HTTP", bench_many.rows),
    "inbox": ("The inbox, over HTTP", bench_inbox.rows),
}


def main(wanted: list[str]) -> int:
    """Measures the parts one after the other; 0 when every limit is kept."""
    unknown = sorted(set(wanted) - set(PARTS))
    if unknown:
        print(f"no part {unknown[0]!r}; there are {', '.join(PARTS)}")
        return 2
    load = os.getloadavg()[0]
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )
    missed = 0
    for part in wanted or PARTS:
        title, measure = PARTS[part]
        rows = measure()
        show(title, rows)
        missed += sum(row.good is False for row in rows)
    print(f"\n{'All limits are kept.' if not missed else f'{missed} limit(s) missed.'}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
