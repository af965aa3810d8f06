"""ImageNet weights: given, fetched once, or refused within seconds."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from cxr_core.errors import DataError, ModelError
from cxr_core.inference import imagenet
from cxr_core.inference.imagenet import imagenet_weights
from cxr_core.inference.networks import NETWORKS, Blueprint, build_network

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

keras = pytest.importorskip("keras")

VGG16 = NETWORKS["vgg16"]
CONTENT = b"as good as weights to whom only fetches them"


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Serve CONTENT for every path, and list the paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CONTENT)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setattr(imagenet, "_HOST", f"http://127.0.0.1:{server.server_port}")
        yield asked
        server.shutdown()
        thread.join()


def write_notop(path: Path, weights: list[list[np.ndarray]]) -> None:
    """Write weights layer by layer in the HDF5 layout of the files that Keras publishes."""
    with h5py.File(path, "w") as file:
        names = [f"layer_{number}" for number in range(len(weights))]
        file.attrs["layer_names"] = [name.encode() for name in names]
        for name, arrays in zip(names, weights, strict=True):
            group = file.create_group(name)
            group.attrs["weight_names"] = [f"w{n}".encode() for n in range(len(arrays))]
            for number, array in enumerate(arrays):
                group[f"w{number}"] = array


@pytest.mark.parametrize(("name", "size"), [("vgg16", 32), ("xception", 71)])
def test_a_file_given_fills_the_backbone(tmp_path: Path, name: str, size: int) -> None:
    application = getattr(keras.applications, NETWORKS[name].application)
    source = application(include_top=False, weights=None, input_shape=(size, size, 3))
    layers = [layer for layer in source.layers if layer.weights]
    path = tmp_path / "notop.h5"
    write_notop(path, [layer.get_weights() for layer in layers])
    given = imagenet_weights(NETWORKS[name], path)
    model = build_network(Blueprint(name, 2, size, scaling=(0.0, 1.0)), given)
    films = np.random.default_rng(1).normal(size=(1, size, size, 3)).astype(np.float32)
    pooled = keras.Model(model.input, model.get_layer("pooled").output)(films)
    expected = np.mean(source(films), axis=(1, 2))
    assert np.std(expected) > 0
    np.testing.assert_allclose(pooled, expected, rtol=1e-4, atol=1e-6)


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notop.h5"
    write_notop(path, [[np.zeros((3, 3, 3, 64), np.float32), np.zeros(64, np.float32)]])
    with pytest.raises(ModelError, match=r"notop\.h5 does not fit the architecture vgg16"):
        build_network(Blueprint("vgg16", 2, 32), path)


def test_a_file_that_is_not_hdf5_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notop.h5"
    path.write_bytes(CONTENT)
    with pytest.raises(ModelError, match="without the top"):
        build_network(Blueprint("vgg16", 2, 32), path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no file"):
        imagenet_weights(VGG16, tmp_path / "absent.h5")


def test_weights_are_fetched_once(
    tmp_path: Path, host: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    md5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    monkeypatch.setitem(imagenet._FILES, "vgg16", ("vgg16/vgg16", md5))
    kept = imagenet_weights(VGG16, None, tmp_path / "kept")
    assert kept.read_bytes() == CONTENT
    assert imagenet_weights(VGG16, None, tmp_path / "kept") == kept
    assert host == ["/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"]


def test_another_file_than_the_published_one_is_thrown_away(
    tmp_path: Path, host: list[str]
) -> None:
    with pytest.raises(ModelError, match="MD5"):
        imagenet_weights(VGG16, None, tmp_path)
    assert len(host) == 1
    assert list(tmp_path.iterdir()) == []


def test_without_a_connection_the_file_that_could_be_given_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(imagenet, "_HOST", f"http://127.0.0.1:{closed.getsockname()[1]}")
    with pytest.raises(ModelError) as caught:
        imagenet_weights(NETWORKS["densenet169"], None, tmp_path)
    assert "densenet169_weights_tf_dim_ordering_tf_kernels_notop.h5" in str(caught.value)
    assert "nothing was downloaded" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_silent_host_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imagenet, "_TIMEOUTS", (0.3, 0.3))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(imagenet, "_HOST", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(ModelError, match="nothing was downloaded"):
            build_network(Blueprint("vgg16", 2, 32), "imagenet")
    assert time.monotonic() - began < 10.0


def test_a_declared_stack_has_no_imagenet_weights(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no ImageNet weights for nova"):
        imagenet_weights(NETWORKS["nova"], None)
    with pytest.raises(DataError, match="no ImageNet weights for alexnet"):
        build_network(Blueprint("alexnet", 2, 64), "imagenet")
    with pytest.raises(DataError, match="takes no ImageNet weights"):
        build_network(Blueprint("nova", 2, 64), tmp_path / "notop.h5")


def test_every_application_has_weights_and_what_they_were_trained_on() -> None:
    for network in NETWORKS.values():
        published = network.name in imagenet._FILES
        assert published == bool(network.application)
        assert published == (network.imagenet_normalisation is not None)
