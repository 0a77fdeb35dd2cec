"""Which run is active, in threads and tasks."""

import asyncio
import contextvars
import threading

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.tracking.stack import STACK


def in_thread(function):
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


def active_id():
    run = tracker.active_run()
    return None if run is None else run.info.run_id


@pytest.mark.parametrize("inside_with", [True, False])
def test_a_thread_logs_to_the_run_of_the_process(inside_with):
    run = tracker.start_run()
    if inside_with:
        run.__enter__()
    assert in_thread(active_id) == run.info.run_id
    in_thread(lambda: tracker.log_metric("loss", 0.5))
    tracker.end_run()
    assert tracker.get_run(run.info.run_id).data.metrics == {"loss": 0.5}


def test_threads_with_runs_of_their_own_do_not_mix():
    barrier = threading.Barrier(4)
    found = {}

    def work(number):
        with tracker.start_run(run_name=f"thread-{number}"):
            barrier.wait()
            tracker.log_metric("number", number)
            tracker.log_param("number", number)
            barrier.wait()
            found[number] = active_id()

    with tracker.start_run(run_name="main") as main:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tracker.log_metric("number", 99)
    for number, run_id in found.items():
        run = tracker.get_run(run_id)
        assert run.data.metrics == {"number": number}
        assert run.data.params == {"number": str(number)}
        assert run.info.run_name == f"thread-{number}"
    assert tracker.get_run(main.info.run_id).data.metrics == {"number": 99}


def test_a_thread_without_its_own_run_may_start_one_or_a_child():
    with tracker.start_run() as main:

        def work():
            with tracker.start_run() as own:
                pass
            with tracker.start_run(nested=True) as child:
                pass
            return own, child

        own, child = in_thread(work)
        assert tracker.active_run() is main
    assert tracker.get_parent_run(own.info.run_id) is None
    assert tracker.get_parent_run(child.info.run_id).info.run_id == main.info.run_id


def test_a_bare_run_of_a_thread_does_not_capture_the_main_thread():
    main = tracker.start_run()
    other = in_thread(tracker.start_run)
    assert tracker.active_run() is main
    tracker.log_metric("of_main", 1)
    tracker.end_run()
    assert tracker.get_run(main.info.run_id).data.metrics == {"of_main": 1.0}
    assert active_id() == other.info.run_id


def test_tasks_do_not_mix():
    async def work(number):
        with tracker.start_run(run_name=f"task-{number}") as run:
            for step in range(3):
                await asyncio.sleep(0)
                tracker.log_metric("number", number, step=step)
                assert tracker.active_run() is run
        return run

    async def main():
        return await asyncio.gather(*(work(number) for number in range(4)))

    for number, run in enumerate(asyncio.run(main())):
        assert tracker.metric_history(run.info.run_id, "number")["value"].tolist() == [number] * 3


def test_tasks_inherit_the_run_around_them():
    async def child(number):
        with tracker.start_run(nested=True) as run:
            await asyncio.sleep(0)
            tracker.log_metric("number", number)
        return run

    async def main():
        with tracker.start_run() as parent:
            children = await asyncio.gather(*(child(number) for number in range(3)))
            tracker.log_metric("number", 99)
        return parent, children

    parent, children = asyncio.run(main())
    assert tracker.get_run(parent.info.run_id).data.metrics == {"number": 99}
    for number, run in enumerate(children):
        assert tracker.get_parent_run(run.info.run_id).info.run_id == parent.info.run_id
        assert tracker.get_run(run.info.run_id).data.metrics == {"number": number}


def test_a_run_lives_across_contexts_as_between_notebook_cells():
    contextvars.Context().run(tracker.start_run)
    run = tracker.active_run()
    contextvars.Context().run(tracker.log_metric, "loss", 0.5)

    async def cell():
        await asyncio.sleep(0)
        tracker.log_metric("loss", 0.25, step=1)

    asyncio.run(cell())
    contextvars.Context().run(tracker.end_run)
    assert tracker.active_run() is None
    assert tracker.metric_history(run.info.run_id, "loss")["value"].tolist() == [0.5, 0.25]


def test_a_task_that_outlives_the_with_it_was_made_in():
    async def main():
        with tracker.start_run() as run:
            go_on = asyncio.Event()

            async def late():
                await go_on.wait()
                return tracker.active_run()

            task = asyncio.create_task(late())
            await asyncio.sleep(0)
        go_on.set()
        return run, await task

    _, seen = asyncio.run(main())
    assert seen is None


def test_work_in_executors_sees_the_run():
    async def main():
        with tracker.start_run() as run:
            await asyncio.to_thread(tracker.log_metric, "to_thread", 1)
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, tracker.log_metric, "executor", 2)
        return run

    run = asyncio.run(main())
    assert tracker.get_run(run.info.run_id).data.metrics == {"executor": 2.0, "to_thread": 1.0}


def test_four_threads_lose_nothing():
    with tracker.start_run() as run:

        def work(number):
            for step in range(500):
                tracker.log_metric(f"m{number}", step, step=step)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for number in range(4):
        assert tracker.metric_history(run.info.run_id, f"m{number}")["step"].tolist() == list(range(500))


def test_nothing_is_left_behind():
    with tracker.start_run(), tracker.start_run(nested=True):
        pass
    assert STACK.all() == []
    assert STACK.top is None
    assert STACK.current() is None
