"""Time in which nothing waits for real."""

from __future__ import annotations

import pytest

from iai_proxy.player.instant import Instant


def test_waiting_moves_the_clock_on_and_takes_no_time() -> None:
    instant = Instant()

    async def main() -> str:
        await instant.sleep(3600.0)
        await instant.sleep(0.5)
        return f"at {instant.now()}"

    assert instant.run(main()) == "at 3600.5"
    assert instant.now() == 3600.5


def test_workers_take_turns_as_if_they_waited() -> None:
    instant, seen = Instant(), []

    async def worker(name: str, *pauses: float) -> None:
        for pause in pauses:
            seen.append((instant.now(), name))
            await instant.sleep(pause)

    async def main() -> None:
        await instant.sleep(10.0)
        assert not await instant.together([worker("a", 5.0, 1.0), worker("b", 2.0, 2.0, 2.0)])

    instant.run(main())
    assert seen == [(10, "a"), (10, "b"), (12, "b"), (14, "b"), (15, "a")]
    assert instant.now() == 16.0  # when the last has ended: 10 + 5 + 1, and 10 + 3 * 2


def test_a_worker_that_fails_leaves_the_others_to_their_ends() -> None:
    instant, done = Instant(), []

    async def bad() -> None:
        await instant.sleep(1.0)
        raise ValueError("no")

    async def good() -> None:
        await instant.sleep(2.0)
        done.append(instant.now())

    async def main() -> None:
        failures = await instant.together([bad(), good()])
        assert [str(failure) for failure in failures] == ["no"]

    instant.run(main())
    assert done == [2.0]


def test_what_fails_alone_is_raised() -> None:
    async def main() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Instant().run(main())
