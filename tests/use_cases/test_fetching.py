"""Releases are fetched whole or not at all, from real repositories and real servers."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import socket
import stat
import subprocess
import tarfile
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from cxr_core.datasets.records import Download, Source
from cxr_core.datasets.sources import SOURCES, source_named
from cxr_core.errors import DataError, StorageError
from cxr_core.use_cases.downloads import Unreachable, Watcher, download
from cxr_core.use_cases.fetching import Fetched, Outcome, download_command, fetch
from cxr_core.use_cases.unpacking import unpack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BODY = bytes(range(256)) * 4096  # 1 MiB
SILENT = Watcher(lambda text, done, total: None, lambda: False)


def source_of(kind: str, address: str = "", **changes: object) -> Source:
    files = changes.pop("files", ())
    facts: dict[str, object] = {
        "name": "mini",
        "title": "A small release",
        "folders": ("mini-release",),
        "read": lambda folder: (),
        "licence": "CC0",
        "citation": "",
        "url": "",
        "images": 1,
        "megabytes": 1,
        "download": Download(kind, address, files, note="Read the terms."),  # type: ignore[arg-type]
    }
    return Source(**{**facts, **changes})  # type: ignore[arg-type]


def fetch_quietly(source: Source, root: Path) -> Fetched:
    return fetch(source, root, lambda text, done, total: None, cancelled=lambda: False)


def left_in(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


# A server that can be told to misbehave


@dataclass
class Shop:
    """What a server gives, how it fails, and what it was asked."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)  # bytes after which the next answers end
    statuses: list[int] = field(default_factory=list)  # of the next answers
    knows_ranges: bool = True
    ranges: list[str | None] = field(default_factory=list)

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"


class Handler(BaseHTTPRequestHandler):
    shop: Shop

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        shop = self.shop
        wanted = self.headers.get("Range")
        shop.ranges.append(wanted)
        body = shop.files.get(self.path.lstrip("/"))
        status = shop.statuses.pop(0) if shop.statuses else 200
        if body is None or status != 200:
            self.send_response(404 if body is None else status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = 0
        if wanted and shop.knows_ranges:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(body):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(body)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        rest = body[start:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if shop.cuts:
            rest = rest[: shop.cuts.pop(0)]
            self.close_connection = True
        self.wfile.write(rest)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    shop = Shop()
    handler = type("ShopHandler", (Handler,), {"shop": shop})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        shop.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield shop
        server.shutdown()
        thread.join()


def tar_of(**members: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tape:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tape.addfile(member, io.BytesIO(content))
    return file.getvalue()


# One file


def test_a_file_arrives_whole_and_is_reported(shop: Shop, tmp_path: Path):
    shop.files["a.bin"] = BODY
    heard: list[tuple[str, int, int | None]] = []
    watcher = Watcher(lambda *told: heard.append(told), lambda: False)
    digest = hashlib.sha256(BODY).hexdigest()
    download(shop.url("a.bin"), tmp_path / "a.bin", digest, watcher)
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert left_in(tmp_path) == ["a.bin"]
    assert heard[-1] == ("a.bin", len(BODY), len(BODY))
    assert [done for _, done, _ in heard] == sorted(done for _, done, _ in heard)


def test_a_cut_connection_is_taken_up_where_it_broke(shop: Shop, tmp_path: Path):
    shop.files["a.bin"] = BODY
    shop.cuts = [300_000, 400_000]
    waits: list[float] = []
    download(shop.url("a.bin"), tmp_path / "a.bin", "", SILENT, waits.append)
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert len(waits) == 2
    first, *later = (int((asked or "bytes=0-")[6:-1]) for asked in shop.ranges)
    assert first == 0
    assert 0 < later[0] <= 300_000 < later[1] <= 700_000


def test_a_later_call_takes_up_what_an_earlier_left(shop: Shop, tmp_path: Path):
    shop.files["a.bin"] = BODY
    (tmp_path / "a.bin.part").write_bytes(BODY[:1000])
    download(shop.url("a.bin"), tmp_path / "a.bin", "", SILENT)
    assert shop.ranges == ["bytes=1000-"]
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_a_server_without_ranges_makes_it_begin_anew(shop: Shop, tmp_path: Path):
    shop.files["a.bin"] = BODY
    shop.knows_ranges = False
    (tmp_path / "a.bin.part").write_bytes(b"x" * 1000)
    download(shop.url("a.bin"), tmp_path / "a.bin", "", SILENT)
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_a_part_that_is_whole_already_is_finished(shop: Shop, tmp_path: Path):
    shop.files["a.bin"] = BODY
    (tmp_path / "a.bin.part").write_bytes(BODY)
    download(shop.url("a.bin"), tmp_path / "a.bin", "", SILENT)
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_a_part_longer_than_the_file_is_thrown_away(shop: Shop, tmp_path: Path):
    shop.files["a.bin"] = BODY
    (tmp_path / "a.bin.part").write_bytes(BODY + b"more")
    download(shop.url("a.bin"), tmp_path / "a.bin", "", SILENT, lambda seconds: None)
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_another_file_than_the_promised_is_thrown_away(shop: Shop, tmp_path: Path):
    shop.files["a.bin"] = BODY
    with pytest.raises(DataError, match=r"has the SHA-256 .* expected 0000"):
        download(shop.url("a.bin"), tmp_path / "a.bin", "0" * 64, SILENT)
    assert left_in(tmp_path) == []


def test_a_server_in_trouble_is_asked_again_and_not_for_ever(shop: Shop, tmp_path: Path):
    shop.files["a.bin"] = BODY
    shop.statuses = [503, 429]
    download(shop.url("a.bin"), tmp_path / "a.bin", "", SILENT, lambda seconds: None)
    shop.statuses = [503] * 20
    with pytest.raises(Unreachable, match=r"127.0.0.1 did not give b.bin \(status 503\)"):
        shop.files["b.bin"] = BODY
        download(shop.url("b.bin"), tmp_path / "b.bin", "", SILENT, lambda seconds: None)
    assert len(shop.statuses) == 15


def test_a_disk_that_refuses_is_no_network_fault(shop: Shop, tmp_path: Path):
    shop.files["a.bin"] = BODY
    (tmp_path / "a.bin.part").mkdir()
    with pytest.raises(StorageError, match="Cannot write"):
        download(shop.url("a.bin"), tmp_path / "a.bin", "", SILENT)


# Releases over HTTP


def test_archives_become_the_release_and_plain_files_join_them(shop: Shop, tmp_path: Path):
    shop.files["1.tar.gz"] = tar_of(**{"images/a.png": b"a", "images/b.png": b"b"})
    shop.files["x"] = tar_of(**{"images/c.png": b"c"})
    shop.files["list.csv"] = b"a,b\n"
    digest = hashlib.sha256(shop.files["x"]).hexdigest()
    files = (
        (shop.url("1.tar.gz"), "1.tar.gz", ""),
        (shop.url("x"), "2.tar.gz", digest),
        (shop.url("list.csv"), "list.csv", ""),
    )
    source = source_of("http", files=files)
    fetched = fetch_quietly(source, tmp_path / "new")
    assert fetched == Fetched(
        "mini", tmp_path / "new" / "mini-release", Outcome.FETCHED, "", "Read the terms."
    )
    assert left_in(tmp_path / "new") == ["mini-release"]
    assert left_in(fetched.folder) == ["images", "list.csv"]
    assert left_in(fetched.folder / "images") == ["a.png", "b.png", "c.png"]
    asked = len(shop.ranges)
    assert fetch_quietly(source, tmp_path / "new").outcome is Outcome.ALREADY_THERE
    assert len(shop.ranges) == asked


def test_what_is_missing_is_named_and_the_rest_is_kept_for_the_next_time(
    shop: Shop, tmp_path: Path
):
    shop.files["1.tar.gz"] = tar_of(**{"a.png": b"a"})
    files = tuple((shop.url(name), name, "") for name in ("1.tar.gz", "2.tar.gz"))
    source = source_of("http", files=files)
    with pytest.raises(DataError) as refusal:
        fetch_quietly(source, tmp_path)
    words = str(refusal.value)
    assert "127.0.0.1 refused 2.tar.gz with status 404" in words
    assert download_command(source) in words
    assert left_in(tmp_path) == [".mini-release.draft"]
    shop.files["2.tar.gz"] = tar_of(**{"b.png": b"b"})
    shop.ranges.clear()
    assert left_in(fetch_quietly(source, tmp_path).folder) == ["a.png", "b.png"]
    assert len(shop.ranges) == 1


def test_a_host_that_nobody_answers_for_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("cxr_core.use_cases.downloads._TRIES", 1)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/a.zip"
        source = source_of("http", files=((url, "a.zip", ""),))
        with pytest.raises(DataError, match=r"127.0.0.1 did not give a.zip \(no connection\)"):
            fetch_quietly(source, tmp_path)


def test_a_page_instead_of_an_archive_is_no_release(shop: Shop, tmp_path: Path):
    shop.files["a.tar.gz"] = b"<html>Please log in</html>"
    source = source_of("http", files=((shop.url("a.tar.gz"), "a.tar.gz", ""),))
    for _ in range(2):  # it is not kept either
        with pytest.raises(DataError, match="damaged or no archive"):
            fetch_quietly(source, tmp_path)
    assert not (tmp_path / "mini-release").exists()
    assert len(shop.ranges) == 2


def test_a_person_can_stop_and_go_on(shop: Shop, tmp_path: Path):
    shop.files["a.bin"] = BODY
    source = source_of("http", files=((shop.url("a.bin"), "a.bin", ""),))
    seen: list[int] = []
    fetched = fetch(
        source,
        tmp_path,
        lambda text, done, total: seen.append(done),
        cancelled=lambda: any(seen),
    )
    assert fetched.outcome is Outcome.CANCELLED
    assert not fetched.folder.exists()
    assert fetch_quietly(source, tmp_path).outcome is Outcome.FETCHED
    assert (fetched.folder / "a.bin").read_bytes() == BODY
    assert shop.ranges[-1] not in {None, "bytes=0-"}


# Archives that mean harm


def hostile_tar(path: Path, name: str, kind: bytes = tarfile.REGTYPE) -> Path:
    with tarfile.open(path, "w") as tape:
        fine = tarfile.TarInfo("fine.png")
        tape.addfile(fine, io.BytesIO())
        member = tarfile.TarInfo(name)
        member.type = kind
        member.linkname = "/etc/passwd"
        tape.addfile(member, io.BytesIO())
    return path


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/evil", "..\\evil", "C:/evil"])
def test_no_member_leaves_the_folder(tmp_path: Path, name: str):
    target = tmp_path / "deep" / "release"
    tape = hostile_tar(tmp_path / "a.tar", name)
    zipped = tmp_path / "a.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(name, b"x")
    for file in (tape, zipped):
        with pytest.raises(DataError, match="leads out of the folder"):
            unpack(file, target, lambda done: None)
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes):
    tape = hostile_tar(tmp_path / "a.tar", "film.png", kind)
    with pytest.raises(DataError, match="is a link or a device"):
        unpack(tape, tmp_path / "release", lambda done: None)
    assert left_in(tmp_path / "release") == ["fine.png"]


def test_a_link_in_a_zip_is_refused(tmp_path: Path):
    entry = zipfile.ZipInfo("film.png")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(DataError, match="is a link or a device"):
        unpack(tmp_path / "a.zip", tmp_path / "release", lambda done: None)


def test_an_archive_that_does_not_fit_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.png", bytes(4 << 20))
    usage = shutil.disk_usage(tmp_path)._replace(free=257 << 20)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    with pytest.raises(StorageError, match=r"zeros.png has 4 MB, 1 MB are left"):
        unpack(tmp_path / "a.zip", tmp_path / "release", lambda done: None)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"text"])
@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_a_damaged_archive_is_called_so(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match="damaged or no archive"):
        unpack(tmp_path / name, tmp_path / "release", lambda done: None)


def test_an_archive_cut_short_is_called_damaged(tmp_path: Path):
    whole = tar_of(**{"a.png": os.urandom(200_000)})
    (tmp_path / "a.tar.gz").write_bytes(whole[:100_000])
    with pytest.raises(DataError, match="damaged or no archive"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "release", lambda done: None)


def test_one_name_for_a_file_and_a_folder_is_refused(tmp_path: Path):
    (tmp_path / "a.tar.gz").write_bytes(tar_of(**{"a": b"x", "a/b.png": b"y"}))
    with pytest.raises(DataError, match="both as a file and as a folder"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "release", lambda done: None)


# Git


@pytest.fixture
def repository_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A repository of two commits, with a link in it that leads out."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "upstream"
    (folder / "images").mkdir(parents=True)
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    for name in ("a.png", "b.png"):
        (folder / "images" / name).write_bytes(name.encode())
        if name == "b.png":
            (folder / "images" / "link.png").symlink_to("/etc/passwd")
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "--quiet", "-m", name], check=True)
    return folder.as_uri()


def test_a_repository_is_cloned_without_its_past(repository_address: str, tmp_path: Path):
    root = tmp_path / "data"
    fetched = fetch_quietly(source_of("git", repository_address), root)
    assert fetched.outcome is Outcome.FETCHED
    assert re.fullmatch(r"[0-9a-f]{40}", fetched.revision)
    assert left_in(root) == ["mini-release"]
    assert (fetched.folder / "images" / "b.png").read_bytes() == b"b.png"
    assert not (fetched.folder / "images" / "link.png").is_symlink()
    log = ["git", "-C", str(fetched.folder), "log", "--oneline"]
    past = subprocess.run(log, capture_output=True, text=True, check=True).stdout
    assert len(past.splitlines()) == 1
    again = fetch_quietly(source_of("git", repository_address), root)
    assert again.outcome is Outcome.ALREADY_THERE


def test_half_a_clone_is_begun_anew(repository_address: str, tmp_path: Path):
    left = tmp_path / "data" / ".mini-release.draft" / "release"
    left.mkdir(parents=True)
    (left / "half.png").write_bytes(b"")
    fetched = fetch_quietly(source_of("git", repository_address), tmp_path / "data")
    assert left_in(fetched.folder) == [".git", "images"]


def test_a_repository_that_is_not_there_leaves_nothing_under_the_name(tmp_path: Path):
    address = (tmp_path / "nowhere").as_uri()
    with pytest.raises(DataError, match="did not give the release") as refusal:
        fetch_quietly(source_of("git", address), tmp_path / "data")
    assert f"git clone --depth 1 {address} mini-release" in str(refusal.value)
    assert not (tmp_path / "data" / "mini-release").exists()


def test_a_clone_can_be_stopped(repository_address: str, tmp_path: Path):
    fetched = fetch(
        source_of("git", repository_address),
        tmp_path / "data",
        lambda text, done, total: None,
        cancelled=lambda: True,
    )
    assert fetched.outcome is Outcome.CANCELLED
    assert not fetched.folder.exists()
    assert not (tmp_path / "data" / ".mini-release.draft" / "release").exists()


def test_without_git_the_line_to_type_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match="program git is not installed"):
        fetch_quietly(source_of("git", "https://example.org/x"), tmp_path)


# Kaggle


@pytest.fixture
def kaggle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of that name that packs one film, and a home with a token."""
    programs = tmp_path / "bin"
    programs.mkdir()
    with zipfile.ZipFile(programs / "release.zip", "w") as archive:
        archive.writestr("chest_xray/a.png", b"a")
    script = programs / "kaggle"
    script.write_text(
        "#!/bin/sh\n"
        f'echo "$@" > {tmp_path}/asked\n'
        f'for last; do :; done; cp {programs}/release.zip "$last/x.zip"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    for name in ("KAGGLE_KEY", "KAGGLE_API_TOKEN", "KAGGLE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / ".kaggle").mkdir(parents=True)
    (tmp_path / "home" / ".kaggle" / "kaggle.json").write_text("{}")
    return script


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("maker/films", "datasets download maker/films"),
        ("competition:x", "competitions download x"),
    ],
)
def test_kaggle_packs_and_we_unpack(kaggle: Path, tmp_path: Path, address: str, asked: str):
    fetched = fetch_quietly(source_of("kaggle", address), tmp_path / "data")
    assert (fetched.folder / "chest_xray" / "a.png").read_bytes() == b"a"
    assert left_in(fetched.folder) == ["chest_xray"]
    assert (tmp_path / "asked").read_text().startswith(f"{asked} -p ")


def test_kaggles_refusal_is_passed_on(kaggle: Path, tmp_path: Path):
    kaggle.write_text("#!/bin/sh\necho 403 - Forbidden; exit 1\n")
    with pytest.raises(DataError, match=r"\(403 - Forbidden\). Read the terms. On a machine"):
        fetch_quietly(source_of("kaggle", "maker/films"), tmp_path / "data")


def test_a_missing_token_is_explained(kaggle: Path, tmp_path: Path):
    (tmp_path / "home" / ".kaggle" / "kaggle.json").unlink()
    with pytest.raises(DataError, match=r"no token for kaggle here.*kaggle\.com/settings"):
        fetch_quietly(source_of("kaggle", "maker/films"), tmp_path / "data")


def test_a_missing_program_is_explained(kaggle: Path, tmp_path: Path):
    kaggle.unlink()
    with pytest.raises(DataError, match="pip install kaggle"):
        fetch_quietly(source_of("kaggle", "maker/films"), tmp_path / "data")


# Around all of them


def test_a_full_disk_is_noticed_before_anything_is_asked(shop: Shop, tmp_path: Path):
    source = source_of("http", files=((shop.url("a"), "a", ""),), megabytes=10**9)
    with pytest.raises(StorageError, match=r"needs about 1200000.0 GB more"):
        fetch_quietly(source, tmp_path)
    assert shop.ranges == []


def test_an_empty_folder_is_no_release(shop: Shop, tmp_path: Path):
    (tmp_path / "mini-release").mkdir()
    shop.files["a.csv"] = b"x"
    source = source_of("http", files=((shop.url("a.csv"), "a.csv", ""),))
    assert fetch_quietly(source, tmp_path).outcome is Outcome.FETCHED


def test_two_do_not_fetch_the_same_release_at_once(tmp_path: Path):
    fcntl = pytest.importorskip("fcntl")

    @contextmanager
    def held() -> Iterator[None]:
        draft = tmp_path / ".mini-release.draft"
        draft.mkdir()
        with (draft / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    with held(), pytest.raises(StorageError, match="Another process is fetching"):
        fetch_quietly(source_of("git", "https://example.org/x"), tmp_path)


def test_what_nobody_gives_away_is_not_fetched(tmp_path: Path):
    with pytest.raises(DataError, match="cannot be fetched by a program"):
        fetch_quietly(source_of("none"), tmp_path)
    assert download_command(source_of("none")) == ""


def test_a_root_that_cannot_be_made_is_a_fault_of_the_disk(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="Cannot fetch mini"):
        fetch_quietly(source_of("git", "https://example.org/x"), tmp_path / "file")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("cohen", "git clone --depth 1 https://github.com/ieee8023/covid-chestxray-dataset "
                  "covid-chestxray-dataset"),
        ("kermany", "kaggle datasets download paultimothymooney/chest-xray-pneumonia --unzip "
                    "-p chest-xray-pneumonia"),
        ("rsna", "kaggle competitions download rsna-pneumonia-detection-challenge "),
        ("nih", "mkdir -p nih-chest-xrays && cd nih-chest-xrays && curl --fail -L -C - "),
    ],
)  # fmt: skip
def test_every_line_to_type_names_program_and_place(name: str, line: str):
    assert download_command(source_named(name)).startswith(line)


def test_lines_to_type_are_sound_shell():
    for source in SOURCES:
        if line := download_command(source):
            subprocess.run(["sh", "-n", "-c", line], check=True)


def test_nihs_line_unpacks_all_twelve_archives():
    line = download_command(source_named("nih"))
    assert len(re.findall(r"tar -xf images_\d{3}\.tar\.gz", line)) == 12
