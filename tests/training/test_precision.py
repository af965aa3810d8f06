"""bfloat16 is used where the machine multiplies in it, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxr_core.training import precision
from cxr_core.training.engine import Trainer
from cxr_core.training.precision import paying_precision
from cxr_core.training.run_folder import RunFolder
from tests.training.drawn import drawn_collection, small_recipe, small_stage

WITH = "processor : 0\nflags\t\t: fpu avx512f amx_bf16 amx_tile sse\n"
DOTS = "processor : 0\nflags\t\t: fpu avx512f avx512_bf16 sse\n"
WITHOUT = "processor : 0\nflags\t\t: fpu avx512f avx2 sse\nbugs\t\t: amx_bf16\n"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch):
    """Set what the processor's kernel says, and which devices Keras finds."""

    def pretend(cpuinfo: str | None, devices: tuple[str, ...] = ("cpu:0",)) -> None:
        import keras

        read = Path.read_text

        def read_text(path: Path, encoding: str) -> str:
            if str(path) != "/proc/cpuinfo":
                return read(path, encoding=encoding)
            if cpuinfo is None:
                raise FileNotFoundError(path)
            return cpuinfo

        monkeypatch.setattr(keras.distribution, "list_devices", lambda: list(devices))
        monkeypatch.setattr(precision.Path, "read_text", read_text)

    return pretend


@pytest.mark.parametrize(
    ("cpuinfo", "devices", "paying"),
    [
        (WITH, ("cpu:0",), "mixed_bfloat16"),
        (DOTS, ("cpu:0",), "float32"),
        (WITHOUT, ("cpu:0",), "float32"),
        (None, ("cpu:0",), "float32"),
        (WITHOUT, ("CPU:0", "GPU:0"), "mixed_bfloat16"),
        (None, ("cpu:0", "tpu:0"), "mixed_bfloat16"),
    ],
)
def test_reduced_precision_only_where_it_pays(machine, cpuinfo, devices, paying) -> None:
    machine(cpuinfo, devices)
    assert paying_precision("mixed_bfloat16") == paying
    assert paying_precision("float32") == "float32"


def test_a_run_ends_in_the_precision_that_it_began_in(machine, tmp_path: Path) -> None:
    """Else a run moved to another machine would not be the run it was."""
    recipe = small_recipe(stages=(small_stage(epochs=1),), precision="mixed_bfloat16")
    collection, folder = drawn_collection(20), RunFolder(tmp_path / "run")
    trainer = Trainer(recipe, collection, folder, lambda event: None)
    machine(WITHOUT)
    trainer.run(resume=False)
    assert folder.read_recipe()["trained_in"] == "float32"
    assert folder.read_recipe()["precision"] == "mixed_bfloat16"
    machine(WITH)
    model = trainer.run(resume=True)
    assert folder.read_recipe()["trained_in"] == "float32"
    assert model.get_layer("nova_conv1").compute_dtype == "float32"


def test_the_policy_does_not_outlive_the_training(machine, tmp_path: Path) -> None:
    import keras

    machine(WITH)
    recipe = small_recipe(stages=(small_stage(epochs=1),), precision="mixed_bfloat16")
    trainer = Trainer(
        recipe, drawn_collection(20), RunFolder(tmp_path / "run"), lambda event: None
    )
    model = trainer.run(resume=False)
    assert model.get_layer("nova_conv1").compute_dtype == "bfloat16"
    assert model.get_layer("nova_conv1").variable_dtype == "float32"
    assert keras.mixed_precision.global_policy().name == "float32"
