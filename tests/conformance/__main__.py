"""`python -m tests.conformance`: the betsy benchmark as a table, feature by feature."""

from __future__ import annotations

from collections import Counter

from tests.conformance.betsy import features, play

ORDER = ("wrong", "refused", "pass")


def main() -> None:
    """Prints the verdict of every feature: the worst of its cases."""
    verdicts: Counter[str] = Counter()
    for feature in features():
        results = [play(feature, case) for case in feature.cases]
        worst = min(results, key=lambda result: ORDER.index(result.verdict))
        verdicts[worst.verdict] += 1
        note = worst.note or ("" if worst.verdict == "pass" else f"saw {worst.seen}, expected {worst.expected}")
        print(f"{feature.group:12} {feature.name:70} {worst.verdict:8} {note}")
    print(dict(verdicts))


if __name__ == "__main__":
    main()
