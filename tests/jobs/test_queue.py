"""The queue: who holds a job, who takes it over, and what a dead owner can still do."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from cxr_core.errors import DataError
from cxr_core.jobs.job import JobState, NewJob, Progress, Request
from cxr_core.jobs.queue import JobQueue
from cxr_core.jobs.workers import Workers
from cxr_core.store.audit_log import AuditLog

if TYPE_CHECKING:
    from cxr_core.jobs.job import Claim
    from cxr_core.jobs.workers import WorkerCard
    from cxr_core.store.database import Database


@pytest.fixture
def queue(database: Database) -> JobQueue:
    return JobQueue(database)


@pytest.fixture
def card(database: Database) -> WorkerCard:
    return Workers(database).enter()


def new(title: str = "Count", key: str | None = None, **more: int) -> NewJob:
    return NewJob("count", title, {"to": 3}, key, **more)


def claim(queue: JobQueue, card: WorkerCard, at_once: int = 1) -> Claim:
    found = queue.claim(card.id, card.host, at_once)
    assert found is not None
    return found


def test_a_job_goes_from_order_to_result(queue: JobQueue, card: WorkerCard) -> None:
    ordered, is_new = queue.enqueue(new(), "ada")
    assert (ordered.state, is_new) == (JobState.QUEUED, True)
    held = claim(queue, card)
    assert (held.job.state, held.job.arguments, held.fence) == (JobState.RUNNING, {"to": 3}, 1)
    queue.beat(held, Progress("Counting", 1, 3, 2.5, 0, {"films_per_second": 4.0}))
    told = queue.job(ordered.id).progress
    assert (told.stage, told.share, told.seconds_left) == ("Counting", 1 / 3, 2.5)
    assert queue.finish(held, JobState.DONE, result={"counted": 3})
    over = queue.job(ordered.id)
    assert (over.state, over.result, over.owner) == (JobState.DONE, {"counted": 3}, None)
    assert over.seconds >= 0


def test_urgent_ones_come_first_then_the_oldest(queue: JobQueue, card: WorkerCard) -> None:
    for title, priority in (("late", 5), ("later", 5), ("first", 1)):
        queue.enqueue(new(title, priority=priority), "ada")
    titles = []
    while held := queue.claim(card.id, card.host, 1):
        titles.append(held.job.title)
        queue.finish(held, JobState.DONE)
    assert titles == ["first", "late", "later"]


def test_pressing_twice_orders_once(queue: JobQueue, card: WorkerCard) -> None:
    orders: list[tuple[str, bool]] = []

    def press(who: str) -> None:
        job, is_new = queue.enqueue(new(key="same"), who)
        orders.append((job.id, is_new))

    threads = [threading.Thread(target=press, args=(f"admin-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({number for number, _ in orders}) == 1
    assert sum(is_new for _, is_new in orders) == 1
    queue.finish(claim(queue, card), JobState.DONE)
    assert queue.enqueue(new(key="same"), "ada")[1]


def test_a_machine_runs_only_as_many_as_it_bears(queue: JobQueue, card: WorkerCard) -> None:
    for number in range(3):
        queue.enqueue(new(str(number)), "ada")
    claim(queue, card, at_once=2)
    claim(queue, card, at_once=2)
    assert queue.claim(card.id, card.host, 2) is None
    assert queue.claim("elsewhere", "another-host", 2) is not None


def test_claimers_at_the_same_moment_never_hold_the_same_job(
    queue: JobQueue, database: Database
) -> None:
    for number in range(8):
        queue.enqueue(new(str(number)), "ada")
    cards = [Workers(database).enter() for _ in range(4)]
    held: list[str] = []

    def work(card: WorkerCard) -> None:
        for _ in range(2):
            found = queue.claim(card.id, card.host, 8)
            assert found is not None
            held.append(found.job.id)

    threads = [threading.Thread(target=work, args=(card,)) for card in cards]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) == len(set(held)) == 8


def test_a_silent_owner_loses_the_job_and_can_change_nothing_afterwards(
    database: Database, card: WorkerCard
) -> None:
    impatient = JobQueue(database, lease=-1.0)  # every lease is over as soon as it is given
    impatient.enqueue(new(), "ada")
    old = claim(impatient, card)
    taken = claim(impatient, card)
    assert (taken.job.id, taken.fence) == (old.job.id, old.fence + 1)
    assert not impatient.beat(old, Progress("Counting", 9, 9)).is_held
    assert not impatient.look(old).is_held
    assert not impatient.finish(old, JobState.FAILED, "no")
    assert impatient.job(old.job.id).progress.done == 0
    assert impatient.finish(taken, JobState.DONE)


def test_a_job_that_kills_its_workers_is_given_up_and_one_that_gets_on_is_not(
    database: Database, card: WorkerCard
) -> None:
    impatient = JobQueue(database, lease=-1.0)
    job, _ = impatient.enqueue(new(most_attempts=2), "ada")
    for kept in range(1, 6):
        impatient.beat(claim(impatient, card), Progress(kept=kept), kept_more=True)
    claim(impatient, card)
    assert impatient.claim(card.id, card.host) is None
    over = impatient.job(job.id)
    assert over.state is JobState.FAILED
    assert "died 2 times" in str(over.error)


@pytest.mark.parametrize("request_", list(Request))
def test_a_waiting_job_hears_at_once(queue: JobQueue, request_: Request) -> None:
    job, _ = queue.enqueue(new(), "ada")
    asked = queue.ask(job.id, request_, "ada")
    expected = {Request.CANCEL: JobState.CANCELLED, Request.PAUSE: JobState.PAUSED}
    assert asked.state is expected[request_]
    assert queue.again(job.id, "ada").state is JobState.QUEUED


def test_a_running_job_hears_at_its_next_heartbeat(queue: JobQueue, card: WorkerCard) -> None:
    queue.enqueue(new(), "ada")
    held = claim(queue, card)
    assert queue.look(held).request is None
    queue.ask(held.job.id, Request.CANCEL, "ada")
    queue.ask(held.job.id, Request.PAUSE, "eve")  # too late to undo it
    assert queue.beat(held).request is Request.CANCEL


def test_what_was_cancelled_while_its_worker_died_does_not_come_back(
    database: Database, card: WorkerCard
) -> None:
    impatient = JobQueue(database, lease=-1.0)
    job, _ = impatient.enqueue(new(), "ada")
    claim(impatient, card)
    impatient.ask(job.id, Request.CANCEL, "ada")
    assert impatient.claim(card.id, card.host) is None
    assert impatient.job(job.id).state is JobState.CANCELLED


def test_what_is_over_cannot_be_cancelled_and_what_is_done_not_be_tried_again(
    queue: JobQueue, card: WorkerCard
) -> None:
    job, _ = queue.enqueue(new(), "ada")
    queue.finish(claim(queue, card), JobState.DONE)
    assert queue.ask(job.id, Request.CANCEL, "ada").state is JobState.DONE
    assert queue.again(job.id, "ada").state is JobState.DONE


def test_trying_again_does_not_make_a_twin(queue: JobQueue) -> None:
    first, _ = queue.enqueue(new(key="same"), "ada")
    queue.ask(first.id, Request.CANCEL, "ada")
    queue.enqueue(new("Another", key="same"), "ada")
    with pytest.raises(DataError, match="Another is under way"):
        queue.again(first.id, "ada")


def test_a_worker_that_has_to_stop_costs_no_attempt(queue: JobQueue, card: WorkerCard) -> None:
    job, _ = queue.enqueue(new(), "ada")
    assert queue.put_back(claim(queue, card))
    assert (queue.job(job.id).state, queue.job(job.id).attempts) == (JobState.QUEUED, 0)


def test_active_jobs_are_listed_first(queue: JobQueue, card: WorkerCard) -> None:
    queue.enqueue(new("old"), "ada")
    queue.finish(claim(queue, card), JobState.DONE)
    queue.enqueue(new("waiting"), "ada")
    queue.enqueue(NewJob("other", "of another kind", {}), "ada")
    assert [job.title for job in queue.jobs(kinds=["count"])] == ["waiting", "old"]
    assert len(queue.jobs(most=2)) == 2


def test_a_job_that_is_not_there_is_named(queue: JobQueue) -> None:
    with pytest.raises(DataError, match="no job 'nothing'"):
        queue.job("nothing")


def test_orders_and_ends_stand_in_the_audit_log(
    queue: JobQueue, card: WorkerCard, database: Database
) -> None:
    job, _ = queue.enqueue(new(), "ada")
    queue.ask(job.id, Request.PAUSE, "eve")
    queue.again(job.id, "ada")
    queue.finish(claim(queue, card), JobState.DONE)
    log = AuditLog(database)
    told = [(each.actor, each.action) for each in log.entries() if each.subject == job.id]
    assert told == [
        ("worker", "job.done"),
        ("ada", "job.queued"),
        ("eve", "job.pause"),
        ("ada", "job.ordered"),
    ]
    assert log.verify().fault == ""


def test_workers_are_known_until_they_leave(database: Database) -> None:
    workers = Workers(database)
    card = workers.enter()
    workers.seen(card)
    (found,) = workers.all()
    assert (found.id, found.is_alive) == (card.id, True)
    workers.leave(card)
    assert workers.all() == []
