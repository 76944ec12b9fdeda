"""Facet against the betsy benchmark: what is not passed is refused with a reason; nothing runs silently wrong."""

from __future__ import annotations

import pytest

from tests.conformance.betsy import Feature, features, folder, play

FEATURES = features()
REFUSED = {"AdHocSubProcess_Parallel", "AdHocSubProcess_Sequential", "WCP17_InterleavedParallelRouting"}
"""Ad-hoc sub-processes that do not say when they are done (rule ad-hoc-never-done)."""

pytestmark = pytest.mark.skipif(folder() is None, reason="the betsy corpus is not beside the checkout")


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f"{f.group}-{f.name}")
def test_feature(feature: Feature) -> None:
    for case in feature.cases:
        result = play(feature, case)
        expected = "refused" if feature.name in REFUSED else "pass"
        assert result.verdict == expected, (
            f"{feature.name}: saw {result.seen}, expected {result.expected} {result.note}"
        )


def test_at_least_130_of_the_136_features_pass() -> None:
    assert len(FEATURES) == 136
    assert len(FEATURES) - len(REFUSED) >= 130
