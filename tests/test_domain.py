"""What runs beside the pages ends with the house."""

import asyncio

from sandan.domain import beside, whole


async def test_jobs_run_until_the_house_closes_and_their_threads_are_waited_for():
    """All begin, all are cancelled, and only then is what comes after called."""
    told = []

    async def job(name):
        told.append(name)
        try:
            await asyncio.Event().wait()
        finally:
            told.append(f"{name} ended")

    async with beside(job("a"), job("b"), after=lambda: told.append("after")):
        await asyncio.sleep(0)
        assert told == ["a", "b"]
    assert told == ["a", "b", "a ended", "b ended", "after"]


async def test_a_job_that_failed_is_told_of_and_does_not_keep_the_house_open(caplog):
    """The pages went on without it; the log says why."""

    async def broken():
        raise RuntimeError("no such table")

    async with beside(broken()):
        await asyncio.sleep(0)
    assert "no such table" in caplog.text


def test_a_number_in_a_form_is_read_or_is_nothing():
    """What somebody typed into a hidden field is no fault of the server's."""
    assert [whole(said) for said in ("12", None, "", "-1", "²", "9" * 5000, 3)] == [12, 0, 0, 0, 0, 0, 3]
