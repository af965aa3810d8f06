"""`train` as it is typed: what it takes, what it refuses and why, and how it is cancelled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from cxr_core.cli import main
from cxr_core.training.events import read_events
from cxr_core.training.run_folder import RunFolder
from tests.tiny import tiny_version
from tests.training.written import FROM_STAGE_A, STAGE_A, write_recipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cxr_core.use_cases.collecting import Films

PATIENCE = 120.0
LONG = 20  # epochs, of which a training is still in the first ones when it is cancelled
TWO_RUNS = """
[[runs]]
name = "one"
note = ""
[runs.reported]
accuracy = 0.97

[[runs]]
name = "two"
note = ""
[runs.changes]
seed = 2
"""


class Answer(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    return write_recipe(tmp_path / "small.toml", ("epochs = 2", "epochs = 1"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "mine"


@pytest.fixture
def train(
    drawn_films: Films, recipe: Path, out: Path, data_dir: Path, capsys
) -> Callable[..., Answer]:
    """Type `train small.toml --manifest FILMS --out mine` and more."""

    def run(*more: object, recipe: object = recipe) -> Answer:
        words = ["train", recipe, "--manifest", drawn_films.manifest, "--out", out, *more]
        try:
            status = main([str(word) for word in words])
        except SystemExit as left:
            status = int(str(left.code))
        told = capsys.readouterr()
        return Answer(status, told.out, told.err)

    return run


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--scale", "0"), "'0' is not a number above 0 and up to 1"),
        (("--scale", "1.5"), "'1.5' is not a number above 0 and up to 1"),
        (("--scale", "all"), "'all' is not a number above 0 and up to 1"),
        (("--scale", "nan"), "'nan' is not a number above 0 and up to 1"),
        (("--start-scale", "-1"), "'-1' is not a number above 0 and up to 1"),
        (("--scheme", "fair"), "no scheme 'fair'; expected patients, fold:K/N"),
        (("--scheme", "fold:4/3"), "expected fold:1/3 to fold:3/3"),
        (("--scheme", "fold:1/1000"), "cannot be dealt to 1000 folds"),
        (("--scheme", "without:moon"), "the sources are hannover, kermany"),
        (("--scheme", "naive:0.5"), "no scheme 'naive:0.5'"),
        (("--start", "absent"), "neither a file of weights nor a finished run"),
        (("--run", "three"), "no run 'three'; expected one of small"),
        (("--resume", "--manifest", "absent"), "absent is not a manifest"),
        (("--out", "my model"), "Choose another --out"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    train, out: Path, words: tuple[str, ...], told: str
) -> None:
    answer = train(*words)
    assert answer.status == 2
    assert told in answer.err
    assert "Traceback" not in answer.err
    assert answer.out == ""
    assert not (out / "recipe.json").exists()


def test_a_scheme_wants_one_run(train) -> None:
    answer = train("--scheme", "patients", recipe="soares2020")
    assert (answer.status, answer.out) == (2, "")
    assert "Choose one with --run, of vgg16, resnet50, xception" in answer.err


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        ("unknown", "no recipe 'unknown'; expected one of"),
        ("absent.toml", "no recipe 'absent.toml'"),
    ],
)
def test_an_unknown_recipe_is_refused_with_those_there_are(
    train, recipe: str, told: str
) -> None:
    answer = train(recipe=recipe)
    assert (answer.status, answer.out) == (2, "")
    assert told in answer.err


def test_a_start_of_another_network_is_refused(train, tmp_path: Path) -> None:
    other = tiny_version(tmp_path, "other", ("normal", "covid19"), "nova")
    recipe = write_recipe(tmp_path / "other.toml", ('network = "nova"', 'network = "vgg16"'))
    answer = train("--start", other, recipe=recipe)
    assert answer.status == 2
    assert "is a nova; the recipe wants a vgg16" in answer.err


def test_a_start_file_that_is_no_weights_is_refused(train, tmp_path: Path) -> None:
    file = tmp_path / "weights.h5"
    file.write_bytes(b"no weights")
    assert "nova takes no ImageNet weights" in train("--start", file).err
    large = write_recipe(tmp_path / "large.toml", ('network = "nova"', 'network = "vgg16"'))
    answer = train("--start", file, recipe=large)
    assert answer.status == 1  # the file is at fault, not what was typed
    assert "does not fit the architecture vgg16" in answer.err


@pytest.mark.parametrize(
    ("stage_a", "told"),
    [
        ("unknown", "no recipe 'unknown'"),
        ("stage-a-short", "stage-a-short has no run of nova"),
    ],
)
def test_a_stage_a_that_does_not_serve_is_refused(
    train, tmp_path: Path, stage_a: str, told: str
) -> None:
    recipe = write_recipe(tmp_path / "staged.toml", FROM_STAGE_A)
    answer = train("--stage-a", stage_a, recipe=recipe)
    assert answer.status == 2
    assert told in answer.err


def test_a_rehearsal_of_a_scheme_leaves_a_version_that_says_so(train, out: Path) -> None:
    answer = train("--scheme", "naive", "--scale", "0.5")
    assert answer.status == 0, answer.err
    assert "held-out films" in answer.out
    assert "95 % interval" in answer.out
    assert "epoch 1 at 32" in answer.err
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["scheme"], manifest["scale"]) == ("naive", 0.5)
    assert manifest["command"].endswith("--out mine --scheme naive --scale 0.5")
    assert manifest["started_from"] == "random weights"

    again = train("--scheme", "naive", "--scale", "0.5")
    assert again.status == 2
    assert "holds a run already. Use --resume" in again.err
    other = train("--scheme", "naive", "--scale", "1", "--resume")
    assert other.status == 2
    assert "scale differ" in other.err


def test_stage_a_is_trained_first_kept_and_started_from(
    train, out: Path, tmp_path: Path
) -> None:
    first = write_recipe(tmp_path / "first.toml", STAGE_A)
    staged = write_recipe(tmp_path / "staged.toml", FROM_STAGE_A)
    starts = tmp_path / "starts"
    words = ("--stage-a", first, "--starts", starts, "--start-scale", "0.5")
    answer = train(*words, recipe=staged)
    assert answer.status == 0, answer.err
    assert f"First {first} for nova" in answer.err
    (kept,) = starts.iterdir()
    assert json.loads((kept / "manifest.json").read_text())["scale"] == 0.5
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["scale"] == 1.0
    assert manifest["started_from"].startswith(f"{kept.name}, version ")
    assert "--stage-a first.toml --start-scale 0.5" in manifest["command"]
    assert str(tmp_path) not in manifest["command"]

    second = train(*words, "--out", tmp_path / "second", recipe=staged)
    assert second.status == 0, second.err
    assert "First " not in second.err
    given = train("--start", out, "--out", tmp_path / "third")
    assert given.status == 0, given.err
    third = json.loads((tmp_path / "third" / "manifest.json").read_text())
    assert third["started_from"].startswith("mine, version ")
    seen = set((out / "seen.txt").read_text().split())
    assert seen <= set((tmp_path / "third" / "seen.txt").read_text().split())


def test_one_run_of_a_study_is_trained_both_ways(train, out: Path, tmp_path: Path) -> None:
    paper = ('paper = ""', 'paper = "Somebody, 2020"')
    short = ("epochs = 2", "epochs = 1")
    study = write_recipe(tmp_path / "sweep.toml", paper, short, more=TWO_RUNS)
    assert "expected one of one, two" in train("--run", "three", recipe=study).err
    answer = train("--run", "one", recipe=study)
    assert answer.status == 0, answer.err
    header, row = answer.out.splitlines()
    assert header.split() == ["run", "reported", "naive", "by", "patient"]
    assert row.split()[:2] == ["one", "0.97"]
    told = json.loads((out / "study.json").read_text())
    assert [each["run"] for each in told["rows"]] == ["one"]
    assert {path.name for path in (out / "parts").iterdir()} == {"one-honest", "one-naive"}
    assert "--run one" in told["command"]
    again = train("--run", "one", recipe=study)
    assert again.status == 2
    assert "holds a study already" in again.err


@pytest.fixture
def long(tmp_path: Path) -> Path:
    return write_recipe(
        tmp_path / "long.toml", ("epochs = 2", f"epochs = {LONG}"), ("batch = 64", "batch = 8")
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancelled_training_ends_within_two_seconds_and_goes_on_later(
    train, repository: Path, drawn_films: Films, long: Path, out: Path, number: int
) -> None:
    command = [sys.executable, "-m", "cxr_core", "train", long]
    with subprocess.Popen(
        [*command, "--manifest", drawn_films.manifest, "--out", out],
        cwd=repository,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs ignore interrupts, and so would their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        wait_for_an_epoch(out, process)
        process.send_signal(number)
        began = time.monotonic()
        _, told = process.communicate(timeout=PATIENCE)
        seconds = time.monotonic() - began
    assert process.returncode == 130, told
    assert seconds < 2.0
    assert "Cancelled" in told
    assert "Traceback" not in told
    kept = RunFolder(out).read_history()
    assert 0 < len(kept) < LONG
    assert not (out / "weights.safetensors").exists()
    if number == signal.SIGTERM:
        return
    assert "--resume" in train(recipe=long).err
    answer = train("--resume", recipe=long)
    assert answer.status == 0, answer.err
    history = RunFolder(out).read_history()
    assert history[: len(kept)] == kept
    assert [row.epoch for row in history] == list(range(1, LONG + 1))
    assert answer.err.count("epoch ") == LONG - len(kept)


def wait_for_an_epoch(out: Path, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while not any(row["event"] == "EpochResult" for row in read_events(out / "events.jsonl")):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_step_that_does_not_listen_is_cancelled_all_the_same(repository: Path) -> None:
    """One instruction of Python may take minutes: a long hash stands for a large step."""
    program = (
        "import hashlib\n"
        "from cxr_core.cli.training_bar import cancel_promptly\n"
        "with cancel_promptly():\n"
        "    print('begun', flush=True)\n"
        "    hashlib.pbkdf2_hmac('sha256', b'step', b'salt', 10**9)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        try:
            _, told = process.communicate(timeout=10)
        finally:
            process.kill()
        seconds = time.monotonic() - began
    assert process.returncode == 130
    assert seconds < 2.0
    assert "--resume goes on" in told
