"""The log of a training: everything told comes back, and a kill tears one line at most."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from cxr_core.errors import StorageError
from cxr_core.training import events
from cxr_core.training.events import (
    EpochResult,
    EventLog,
    FeatureEvent,
    Message,
    Pace,
    StepEvent,
    read_events,
)

if TYPE_CHECKING:
    from pathlib import Path

FEATURES = FeatureEvent(1, 32, 64, 100.0, 0.32)
STEP = StepEvent(1, 2, 5, 3, 10, 112, 1e-3, 0.7, 0.5, 12.5, 80.0)
EPOCH = EpochResult(2, 1, 112, 320, 1e-3, 0.7, 0.5, 0.6, 0.75, None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock whose time is its only entry."""
    now = [100.0]
    monkeypatch.setattr(events.time, "monotonic", lambda: now[0])
    return now


def test_every_event_is_logged_with_its_kind_its_time_and_all_it_says(
    tmp_path: Path, clock: list[float]
) -> None:
    path, heard = tmp_path / "run" / "events.jsonl", []
    log = EventLog(path, heard.append)
    for event in (Message("Grüße"), FEATURES, STEP, EPOCH):
        log(event)
        clock[0] += 2
    assert heard == [Message("Grüße"), FEATURES, STEP, EPOCH]
    rows = read_events(path)
    assert [row.pop("event") for row in rows] == [
        "Message", "FeatureEvent", "StepEvent", "EpochResult",
    ]  # fmt: skip
    times = [row.pop("time") for row in rows]
    assert times == sorted(times)
    assert min(times) > 1.7e9  # of the wall, so that another program can use it
    assert rows == [asdict(event) for event in heard]


def test_steps_are_thinned_out_but_all_are_handed_on(
    tmp_path: Path, clock: list[float]
) -> None:
    path, heard = tmp_path / "events.jsonl", []
    log = EventLog(path, heard.append)
    for _ in range(35):
        log(STEP)
        clock[0] += 0.1
    log(EPOCH)
    log(Message("done"))
    assert len(heard) == 37
    kinds = [row["event"] for row in read_events(path)]
    assert kinds == ["StepEvent"] * 4 + ["EpochResult", "Message"]


@pytest.mark.parametrize("left", [1, 10, 40, 60])
def test_a_torn_line_is_passed_over_and_the_next_process_loses_nothing(
    tmp_path: Path, left: int
) -> None:
    path = tmp_path / "events.jsonl"
    EventLog(path, lambda event: None)(EPOCH)
    whole = path.read_bytes()
    EventLog(path, lambda event: None)(Message("Grüße, a long message that a kill cuts short"))
    path.write_bytes(path.read_bytes()[: len(whole) + left])
    assert [row["event"] for row in read_events(path)] == ["EpochResult"]
    log = EventLog(path, lambda event: None)
    log(Message("resumed"))
    log(EPOCH)
    told = read_events(path)
    assert [row["event"] for row in told] == ["EpochResult", "Message", "EpochResult"]
    assert told[1]["text"] == "resumed"
    assert path.read_bytes().startswith(whole)


def test_bytes_that_are_no_text_spoil_only_their_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event": "Message", "text": "\xc3\n')
    EventLog(path, lambda event: None)(EPOCH)
    assert [row["event"] for row in read_events(path)] == ["EpochResult"]


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_events(tmp_path / "events.jsonl") == []


def test_a_disk_that_refuses_is_our_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"events\.jsonl"):
        EventLog(tmp_path / "file" / "events.jsonl", lambda event: None)(Message("lost"))


def test_a_result_holds_nothing_of_the_clock() -> None:
    """Else a resumed run's history could not be an undisturbed one's."""
    assert not {name for name in asdict(EPOCH) if "second" in name or "time" in name}
    assert EpochResult(**json.loads(json.dumps(asdict(EPOCH)))) == EPOCH


def test_pace_counts_from_when_it_was_made() -> None:
    moments = iter([10.0, 12.0, 15.0])
    pace = Pace(lambda: next(moments))
    assert pace.per_second(50) == 25.0
    assert pace.per_second(50) == 10.0


def test_pace_survives_a_clock_that_stands() -> None:
    pace = Pace(lambda: 1.0)
    assert pace.per_second(3) > 1e6
    assert pace.per_second(0) == 0.0
