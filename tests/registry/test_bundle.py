"""Bundles: what goes out comes back to the byte; whatever else is sent is refused."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import stat
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cxr_core.errors import DataError, ModelError
from cxr_core.registry.bundle import Importer, export_bundle
from cxr_core.registry.catalogue import load_version
from tests.tiny import tiny_version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cxr_core.registry.manifest import Manifest

WEIGHTS, MANIFEST = "weights.safetensors", "manifest.json"


class Mine:
    """What a pickle would run on the machine of whoever loads it."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.target,)


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("models")
    folder = tiny_version(models, "mine", ("normal", "pneumonia", "covid19"), "nova")
    (folder / "card.md").write_text("# A card\n")
    (folder / "training.log").write_text("not of the version\n")
    return folder


@pytest.fixture
def files(version: Path) -> dict[str, bytes]:
    names = (MANIFEST, WEIGHTS, "card.md")
    return {name: (version / name).read_bytes() for name in names}


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Pack files with an index that vouches for them, as somebody who knows the format can."""
    listed = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in files.items()
    }
    lines = [f"{told['sha256']} {told['bytes']} {name}\n" for name, told in listed.items()]
    digest = hashlib.sha256("".join(sorted(lines, key=lambda x: x.split(" ", 2)[2])).encode())
    index = {"format": 1, "name": "mine", "files": listed, "digest": digest.hexdigest()}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        archive.writestr("bundle.json", json.dumps(index))
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def with_weights(
    files: Mapping[str, bytes], weights: bytes, **changes: Any
) -> dict[str, bytes]:
    """Exchange the weights, the manifest vouching for them."""
    manifest = json.loads(files[MANIFEST]) | changes
    manifest["weights"] |= {
        "sha256": hashlib.sha256(weights).hexdigest(),
        "bytes": len(weights),
    }
    return {**files, WEIGHTS: weights, MANIFEST: json.dumps(manifest).encode()}


def take(data: bytes, versions: Path) -> Manifest:
    return Importer(versions, load_version, lambda *_: None).take(
        io.BytesIO(data), {"by": "me"}
    )


def refused(data: bytes, versions: Path) -> str:
    """Why it was refused; nothing may be left of it."""
    with pytest.raises(ModelError) as caught:
        take(data, versions)
    assert not versions.exists() or list(versions.iterdir()) == []
    return str(caught.value)


def test_a_version_comes_back_as_it_went(version: Path, tmp_path: Path) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    parcel = export_bundle(version, first)
    export_bundle(version, second)
    assert first.getvalue() == second.getvalue()
    heard = []
    importer = Importer(tmp_path / "versions", load_version, lambda *told: heard.append(told))
    assert importer.take(first, {"by": "ada"}).name == "mine"
    came = tmp_path / "versions" / "mine"
    for name in (MANIFEST, WEIGHTS, "card.md"):
        assert (came / name).read_bytes() == (version / name).read_bytes()
    assert not (came / "training.log").exists()
    assert json.loads((came / "arrival.json").read_text())["bundle"] == parcel.digest
    assert heard[-1] == ("Asking its canary", 1, 1)
    with pytest.raises(DataError, match="already"):
        take(second.getvalue(), tmp_path / "versions")


def test_a_bundle_that_another_program_compressed_is_read(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    assert take(zipped(files, zipfile.ZIP_DEFLATED), tmp_path / "versions").name == "mine"


def test_a_damaged_version_is_not_exported(files: dict[str, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / WEIGHTS).write_bytes(b"x")
    with pytest.raises(ModelError, match="not the file of its manifest"):
        export_bundle(folder, io.BytesIO())
    (folder / WEIGHTS).unlink()
    with pytest.raises(ModelError, match="has no weights"):
        export_bundle(folder, io.BytesIO())


def test_a_pickle_is_never_loaded(files: dict[str, bytes], tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    trap = pickle.dumps(Mine(mark))
    for name in ("weights.pkl", "model.joblib", "pytorch_model.pt"):
        words = refused(zipped({**files, name: trap}), tmp_path / "versions")
        assert "run code" in words
    words = refused(zipped(with_weights(files, trap)), tmp_path / "versions")
    assert "not a safetensors file" in words
    assert not mark.exists()


def test_a_keras_file_with_a_lambda_layer_is_never_loaded(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    import keras

    film = keras.Input((4,))
    model = keras.Model(film, keras.layers.Lambda(lambda x: x * 2)(film))
    model.save(tmp_path / "trap.keras")
    trap = (tmp_path / "trap.keras").read_bytes()
    words = refused(zipped({**files, "model.keras": trap}), tmp_path / "versions")
    assert "run code" in words
    words = refused(zipped(with_weights(files, trap)), tmp_path / "versions")
    assert "not a safetensors file" in words


def test_code_is_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    assert "run code" in refused(zipped({**files, "layers.py": b"1"}), tmp_path / "versions")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../../escaped.json", "leads out"),
        ("/etc/cron.d/job", "leads out"),
        ("a\\..\\b.md", "leads out"),
        ("C:card.md", "leads out"),
        ("sub/card.md", "expected only"),
        ("sub/", "expected only"),
        ("notes.txt", "expected only"),
        ("CARD.md", "expected only"),
        ("card.md\0.py", "run code"),
    ],
)
def test_a_name_that_is_not_of_the_list_is_refused(
    files: dict[str, bytes], tmp_path: Path, name: str, words: str
) -> None:
    data = zipped({**files, name.replace("\0", "?"): b"x"}).replace(
        name.replace("\0", "?").encode(), name.encode()
    )
    assert words in refused(data, tmp_path / "versions")
    assert not (tmp_path / "escaped.json").exists()


def test_wrong_hashes_are_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    whole = zipped(files)
    changed = bytearray(files[WEIGHTS])
    changed[-1] ^= 0xFF
    versions = tmp_path / "versions"
    # The zip's own checksums are those of the new bytes; only the index knows the old ones.
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(stream, "w") as new:
        for member in old.namelist():
            data = bytes(changed) if member == WEIGHTS else old.read(member)
            new.writestr(member, data)
    assert "SHA-256 differs" in refused(stream.getvalue(), versions)
    # The index vouches for them, the manifest does not.
    assert "not those of its manifest" in refused(
        zipped({**files, WEIGHTS: bytes(changed)}), versions
    )
    # Both vouch for them; the canary does not.
    garbled = bytearray(files[WEIGHTS])
    garbled[-4000:] = struct.pack("<2000e", *([60.0] * 2000))
    assert "canary" in refused(zipped(with_weights(files, bytes(garbled))), versions)


def test_a_changed_index_is_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    for change, words in (
        ({"digest": "0" * 64}, "its digest"),
        ({"format": 2}, "its format is 2"),
        ({"files": []}, "not an index"),
        ({"files": {}}, "does not list"),
        ({"name": "../mine"}, "no name"),
        ({"name": "yours"}, "of 'yours', its manifest of 'mine'"),
    ):
        stream = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(zipped(files))) as old,
            zipfile.ZipFile(stream, "w") as new,
        ):
            index = json.loads(old.read("bundle.json")) | change
            new.writestr("bundle.json", json.dumps(index))
            for name in files:
                new.writestr(name, files[name])
        assert words in refused(stream.getvalue(), tmp_path / "versions")


def test_a_symbolic_link_is_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    stream = io.BytesIO(zipped(files))
    with zipfile.ZipFile(stream, "a") as archive:
        link = zipfile.ZipInfo("seen.txt")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "a link" in refused(stream.getvalue(), tmp_path / "versions")


def test_a_zip_bomb_is_refused_before_it_unpacks(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    bomb = zipped({**files, "evaluation.json": b" " * 30_000_000}, zipfile.ZIP_DEFLATED)
    assert "as a bomb does" in refused(bomb, tmp_path / "versions")
    large = zipped({**files, "evaluation.json": b" " * (33 * 2**20)})
    assert "at most 33,554,432" in refused(large, tmp_path / "versions")


def test_a_member_that_is_longer_than_it_says_is_refused(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    data = bytearray(zipped({**files, "LICENSE": b"a" * 5000}, zipfile.ZIP_DEFLATED))
    # Both headers of the member say 10 bytes; what is packed stays 5,000 long.
    while (place := data.find(struct.pack("<I", 5000))) >= 0:
        data[place : place + 4] = struct.pack("<I", 10)
    assert refused(bytes(data), tmp_path / "versions")


def test_too_many_members_are_refused_unread(files: dict[str, bytes], tmp_path: Path) -> None:
    many = {**files, **{f"{number}.md": b"" for number in range(2000)}}
    assert "2,004 members" in refused(zipped(many), tmp_path / "versions")


def test_a_name_twice_is_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    stream = io.BytesIO(zipped(files))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(MANIFEST, b"{}")
    assert "twice" in refused(stream.getvalue(), tmp_path / "versions")


def test_an_encrypted_member_is_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    data = bytearray(zipped(files))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.rfind(signature)
        data[place + offset] |= 0x1
    assert "encrypted" in refused(bytes(data), tmp_path / "versions")


def test_what_is_cut_short_or_no_zip_is_refused(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    whole = zipped(files, zipfile.ZIP_DEFLATED)
    for data in (b"", b"PK", whole[: len(whole) // 2], whole[:-10], b"x" * 5000):
        assert "damaged or no zip" in refused(data, tmp_path / "versions")
    middle = bytearray(whole)
    middle[len(whole) // 2 : len(whole) // 2 + 50] = b"\0" * 50
    assert refused(bytes(middle), tmp_path / "versions")


def test_a_missing_part_is_named(files: dict[str, bytes], tmp_path: Path) -> None:
    for name in (MANIFEST, WEIGHTS):
        part = {each: data for each, data in files.items() if each != name}
        assert f"no {name}" in refused(zipped(part), tmp_path / "versions")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(MANIFEST, b"{}")
    assert "no bundle.json" in refused(stream.getvalue(), tmp_path / "versions")


def test_json_without_end_is_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    nested = b"[" * 200_000
    versions = tmp_path / "versions"
    assert "not JSON" in refused(zipped({**files, "audit.json": nested}), versions)
    assert "not a table" in refused(zipped({**files, "audit.json": b"[]"}), versions)
    assert "as JSON" in refused(zipped({**files, MANIFEST: nested}), versions)


def header(table: Mapping[str, Any], body: bytes) -> bytes:
    data = json.dumps(table).encode()
    return struct.pack("<Q", len(data)) + data + body


def parts(weights: bytes) -> tuple[dict[str, Any], bytes]:
    (length,) = struct.unpack_from("<Q", weights)
    return json.loads(weights[8 : 8 + length]), weights[8 + length :]


def test_a_shape_bomb_is_refused_before_an_array_is_made(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    table, body = parts(files[WEIGHTS])
    name = next(each for each in table if each.endswith("kernel"))
    told = table[name]
    begin, end = told["data_offsets"]
    bombs = {
        "has shape": {**told, "shape": [2**31, 2**31]},
        "expected": {**told, "data_offsets": [begin, end + 2**40]},
        "lies from": {**told, "data_offsets": [end, begin]},
        "is of F64": {**told, "dtype": "F64"},
        "no type": {"dtype": "F16"},
    }
    for words, bomb in bombs.items():
        weights = header({**table, name: bomb}, body)
        said = refused(zipped(with_weights(files, weights)), tmp_path / "versions")
        assert words in said
        assert name in said


def test_overlapping_gaping_and_strange_arrays_are_refused(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    table, body = parts(files[WEIGHTS])
    twins = [
        (one, other)
        for one in table
        for other in table
        if one < other and table[one].get("shape") == table[other].get("shape")
    ]
    first, second = twins[0]
    shared = {**table, second: {**table[second], "data_offsets": table[first]["data_offsets"]}}
    stranger = {**table, "evil": table[first]}
    versions = tmp_path / "versions"
    for changed, held, words in (
        (shared, body, "overlap"),
        (stranger, body, "names differ"),
        (table, body + b"more", "their arrays are"),
    ):
        weights = header(changed, held)
        assert words in refused(zipped(with_weights(files, weights)), versions)


def test_a_header_that_claims_the_memory_is_refused(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    _, body = parts(files[WEIGHTS])
    for weights in (
        struct.pack("<Q", 2**63) + body,
        struct.pack("<Q", 2**21) + b" " * 2**21 + body,
        struct.pack("<Q", 6) + b"nothin" + body,
        struct.pack("<Q", 2) + b"[]" + body,
        b"abc",
    ):
        said = refused(zipped(with_weights(files, weights)), tmp_path / "versions")
        assert "not a safetensors file" in said


def test_a_network_larger_than_its_weights_is_not_built(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    vast = with_weights(files, files[WEIGHTS], hidden=[8192] * 4)
    assert "dense layers of 201,351,168" in refused(zipped(vast), tmp_path / "versions")
