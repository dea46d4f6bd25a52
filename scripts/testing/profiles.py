"""How much the suite tries: a little each time, or all that `make prove` has time for (HYPOTHESIS_PROFILE=prove)."""

import os
from typing import Any

import hypothesis

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "suite")
PROVING = PROFILE == "prove"
SHIFTS = int(os.environ.get("PROVE_SHIFTS", "0"))  # how many the runbook's company has already


def load() -> None:
    """The suite asks the same each time; what chance finds is found by `prove`, which takes its time."""
    hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
    hypothesis.settings.register_profile("prove", deadline=None, max_examples=10_000)
    hypothesis.settings.load_profile(PROFILE)


def examples(suite: int, *, prove: int, **others: Any) -> hypothesis.settings:
    """How many examples of something slow, in the suite and with HYPOTHESIS_PROFILE=prove."""
    patience = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large]
    count = prove if PROVING else suite
    return hypothesis.settings(max_examples=count, suppress_health_check=patience, **others)
