"""A store that fails: how long it is left alone, and what people are told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.stores.errors import StoreError
from app.sync.failures import LONGEST_PAUSE, level, pause

FIRST = timedelta(minutes=5)
REFUSED = StoreError("The key was refused.", advice="Make a new one.")


def test_each_pause_is_longer_up_to_the_longest() -> None:
    pauses = [pause(FIRST, failures, REFUSED) for failures in range(20)]
    assert pauses[:3] == [FIRST, FIRST * 2, FIRST * 4]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_a_store_that_names_a_time_is_left_alone_until_then() -> None:
    asked = StoreError("Too many requests.", advice="Wait.", retry_after=timedelta(hours=9))
    assert pause(FIRST, 0, asked) == timedelta(hours=9)


@pytest.mark.parametrize(
    ("failures", "before", "told"),
    [
        (1, "", "warning"),
        (2, str(REFUSED), "error"),  # the same words, but now it lasts
        (3, str(REFUSED), ""),
        (3, "something else", "error"),
    ],
)
def test_a_failure_is_told_when_it_is_new_and_when_it_lasts(
    failures: int, before: str, told: str
) -> None:
    assert level(failures, REFUSED, before) == told
