"""ImageNet weights: from a file that somebody gives, from an earlier download, or fetched."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from cxr_core.errors import DataError, ModelError, StorageError

if TYPE_CHECKING:
    from cxr_core.inference.networks import Network

_HOST = "https://storage.googleapis.com/tensorflow/keras-applications"
_SUFFIX = "_weights_tf_dim_ordering_tf_kernels_notop.h5"
_TIMEOUTS = (10.0, 30.0)  # seconds: to connect, and between two pieces
_PIECE_BYTES = 1 << 20
# Folder and stem of the file that keras.applications loads, and its MD5 there.
_FILES = {
    "vgg16": ("vgg16/vgg16", "6d6bbae143d832006294945121d1f1fc"),
    "resnet50": ("resnet/resnet50", "4d473c1dd8becc155b73f8504c6f6626"),
    "xception": ("xception/xception", "b0042744bf5b25fce3cb969f33bebb97"),
    "densenet169": ("densenet/densenet169", "b8c4d4c20dd625c148057b9ff1c1176b"),
    "inceptionv3": ("inception_v3/inception_v3", "bcbd6486424b2319ff4ef7d526e38f63"),
}


def imagenet_weights(network: Network, file: Path | None, folder: Path | None = None) -> Path:
    """Find the backbone's ImageNet weights: the "notop" HDF5 file that Keras publishes.

    Parameters
    ----------
    file
        One that somebody has brought here; nothing is fetched then.
    folder
        Where a fetched file is kept and found again; by default where Keras keeps its own.

    Raises
    ------
    DataError
        When there are none for this network, or the file given is not there.
    ModelError
        When they cannot be fetched, within seconds where there is no connection.
    StorageError
        When they cannot be written.
    """
    if network.name not in _FILES:
        raise DataError(
            f"There are no ImageNet weights for {network.name}; expected one of "
            f"{list(_FILES)}. Start it from scratch or from an earlier run."
        )
    if file is not None:
        if not file.is_file():
            raise DataError(f"There is no file {file} with ImageNet weights of {network.name}.")
        return file
    stem, md5 = _FILES[network.name]
    kept = (folder or _keras_folder()) / f"{Path(stem).name}{_SUFFIX}"
    if not kept.is_file():
        _fetch(f"{_HOST}/{stem}{_SUFFIX}", kept, md5, network.name)
    return kept


def _keras_folder() -> Path:
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"


def _fetch(url: str, target: Path, md5: str, name: str) -> None:
    """Download by way of `<target>.part`, so that `target` is whole if it is there."""
    part = target.with_name(f"{target.name}.part")
    try:
        with requests.get(url, stream=True, timeout=_TIMEOUTS) as answer:
            answer.raise_for_status()
            target.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as stream:
                stream.writelines(answer.iter_content(_PIECE_BYTES))
    except requests.RequestException as error:  # an OSError too, so it comes first
        part.unlink(missing_ok=True)
        raise ModelError(
            f"The ImageNet weights of {name} cannot be fetched here "
            f"({type(error).__name__}), and nothing was downloaded. Bring the file "
            f"{target.name} from {url} and give it, or start from other weights."
        ) from error
    except OSError as error:
        raise StorageError(f"Cannot write {part}: {error.strerror}.") from error
    with part.open("rb") as stream:
        found = hashlib.file_digest(stream, "md5").hexdigest()
    if found != md5:
        part.unlink()
        raise ModelError(
            f"{target.name} has the MD5 {found}; expected {md5}. It was thrown away: fetch it "
            "again."
        )
    part.replace(target)
