"""`datasets list|fetch|curate|show|diff|verify|pack`: public films become a manifest."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxr_core.cli.parsing import print_table, whole_number
from cxr_core.cli.progress import EventLines, Progress
from cxr_core.datasets.film_store import STORED_SIZE, FilmStore
from cxr_core.datasets.manifest import load_manifest, manifest_folder
from cxr_core.datasets.records import Exclusion
from cxr_core.datasets.sources import SOURCES, find_releases, source_named
from cxr_core.datasets.splits import SplitRule
from cxr_core.datasets.summary import (
    CrossTable,
    class_by_source,
    fate_by_source,
    split_by_class,
    warnings,
)
from cxr_core.use_cases.collecting import Films
from cxr_core.use_cases.comparing import compare_manifests
from cxr_core.use_cases.curating import (
    CLASSES,
    CurationOrder,
    curate_releases,
    read_bias,
)
from cxr_core.use_cases.fetching import Outcome, download_command, fetch
from cxr_core.use_cases.packing import pack_films
from cxr_core.use_cases.verifying import verify_manifest
from cxr_core.wiring import decoder_of

if TYPE_CHECKING:
    import argparse

    from cxr_core.datasets.manifest import Manifest
    from cxr_core.settings import Settings

_EXAMPLE = "example: python -m cxr_core datasets"
_CANCELLED = 130


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    parser = commands.add_parser(
        "datasets",
        help="fetch, curate and inspect public films",
        epilog=f"{_EXAMPLE} curate --root releases --out manifest",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    def action(name: str, help_text: str, example: str) -> argparse.ArgumentParser:
        return actions.add_parser(
            name, help=help_text, description=help_text, epilog=f"{_EXAMPLE} {name} {example}"
        )

    listing = action("list", "List the known releases, and how to get each.", "--json")
    _add_root(listing)
    listing.set_defaults(run=run_list)
    fetching = action("fetch", "Download a release.", "hannover --root releases")
    fetching.add_argument("name", metavar="NAME")
    _add_root(fetching)
    fetching.set_defaults(run=run_fetch)
    _add_curate(
        action("curate", "Make a manifest of the releases under a folder.", "--root releases")
    )
    show = action("show", "Say what is in a manifest, and what to beware of.", "manifest")
    verify = action("verify", "Check a manifest and the films it names.", "manifest")
    diff = action("diff", "Say what two manifests do not share.", "old new")
    pack = action(
        "pack",
        "Write the films of a manifest as one portable file.",
        "manifest --out films.safetensors",
    )
    _add_readers(show, verify, pack)
    diff.add_argument("old", type=Path, metavar="OLD")
    diff.add_argument("new", type=Path, metavar="NEW")
    diff.set_defaults(run=run_diff)
    for each in (listing, show, verify, diff):
        each.add_argument("--json", action="store_true")


def _add_readers(
    show: argparse.ArgumentParser,
    verify: argparse.ArgumentParser,
    pack: argparse.ArgumentParser,
) -> None:
    """Declare what the commands that open one manifest take."""
    show.set_defaults(run=run_show)
    verify.set_defaults(run=run_verify)
    pack.add_argument("--size", type=whole_number, default=STORED_SIZE, metavar="PIXELS")
    pack.add_argument("--out", type=Path, required=True, help="file to write")
    pack.set_defaults(run=run_pack)
    for parser in (show, verify, pack):
        parser.add_argument(
            "manifest",
            type=Path,
            nargs="?",
            metavar="MANIFEST",
            help="what `curate` wrote; default: CXR_MANIFEST_DIR",
        )
    for parser in (verify, pack):
        parser.add_argument("--films", type=Path, help="folder that holds the releases now")


def _add_root(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--root", type=Path, help="folder that holds the releases; default: CXR_DATASETS_DIR"
    )


def _add_curate(parser: argparse.ArgumentParser) -> None:
    _add_root(parser)
    parser.add_argument(
        "--out", type=Path, help="folder for the manifest; default: CXR_MANIFEST_DIR"
    )
    parser.add_argument(
        "--table",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.toml",
        help="description of other images and their table; may be given several times",
    )
    parser.add_argument("--salt", default=SplitRule().salt, help="fixes the split")
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--events", action="store_true", help="progress as JSON lines on stderr"
    )
    parser.set_defaults(run=run_curate)


def run_list(options: argparse.Namespace, settings: Settings) -> int:
    """Print what is known of each release."""
    there = find_releases(options.root or settings.datasets_dir)
    rows = [
        (
            source.name,
            "yes" if source.name in there else "no",
            source.images or "",
            source.megabytes or "",
            source.licence,
            source.citation,
            download_command(source),
        )
        for source in SOURCES
    ]
    columns = ("name", "here", "about images", "about MB", "licence", "citation", "command")
    if options.json:
        print_table(columns, rows, as_json=True)
        return 0
    for source, row in zip(SOURCES, rows, strict=True):
        print(f"{source.name}: {source.title}")
        words = [
            f"{'here' if row[1] == 'yes' else 'not here'}",
            *([f"about {row[2]} images, {row[3]} MB"] if source.images else []),
            *([f"ages {source.ages}"] if source.ages else []),
        ]
        print(f"  {'; '.join(words)}")
        for name, text in zip(columns[4:], row[4:], strict=True):
            if text:
                print(f"  {name}: {text}")
        if source.caution:
            print(f"  beware: {source.caution}")
        print()
    return 0


def run_fetch(options: argparse.Namespace, settings: Settings) -> int:
    """Download one release."""
    root = options.root or settings.datasets_dir
    with Progress("byte") as progress:
        done = fetch(source_named(options.name), root, progress, cancelled=lambda: False)
    print(f"{done.source}: {done.outcome.value}, {done.folder}")
    if done.note:
        print(done.note, file=sys.stderr)
    return _CANCELLED if done.outcome is Outcome.CANCELLED else 0


def run_curate(options: argparse.Namespace, settings: Settings) -> int:
    """Make a manifest and print what was kept and dropped, and why."""
    order = CurationOrder(
        root=options.root or settings.datasets_dir,
        out=options.out or settings.manifest_dir,
        cache=settings.cache_dir,
        tables=tuple(options.table),
        rule=SplitRule(salt=options.salt),
    )
    with EventLines() if options.events else Progress("film") as report:
        manifest = curate_releases(order, _store(settings), report)
    _print_manifest(manifest, order.out, as_json=options.json)
    return 0


def run_show(options: argparse.Namespace, settings: Settings) -> int:
    """Print what a manifest holds."""
    path = options.manifest or settings.manifest_dir
    _print_manifest(load_manifest(path), path, as_json=options.json)
    return 0


def run_diff(options: argparse.Namespace, settings: Settings) -> int:
    """Print what became of each film that two manifests tell differently."""
    del settings
    changes = compare_manifests(load_manifest(options.old), load_manifest(options.new))
    rows = [(each.path, each.change, each.before, each.after) for each in changes]
    print_table(("film", "change", "before", "after"), rows, as_json=options.json)
    kinds = sorted({each.change for each in changes})
    counts = [f"{sum(each.change == kind for each in changes)} {kind}" for kind in kinds]
    print(", ".join(counts) or "no difference", file=sys.stderr)
    return 0


def run_verify(options: argparse.Namespace, settings: Settings) -> int:
    """Check every promise of a manifest; exit 1 when one is broken."""
    path = options.manifest or settings.manifest_dir
    with Progress("film") as report:
        checks = verify_manifest(path, options.films, report)
    rows = [(each.check, "ok" if each.holds else "FAILS", each.detail) for each in checks]
    print_table(("check", "state", "detail"), rows, as_json=options.json)
    return 0 if all(each.holds for each in checks) else 1


def run_pack(options: argparse.Namespace, settings: Settings) -> int:
    """Write one portable file."""
    films = Films(
        options.manifest or settings.manifest_dir,
        options.films,
        _store(settings, options.size),
    )
    with Progress("film") as report:
        packed = pack_films(films, options.out, report)
    size = options.out.stat().st_size / 2**20
    print(f"{options.out}: {packed} films of {options.size} x {options.size}, {size:.0f} MiB")
    return 0


def _store(settings: Settings, size: int = STORED_SIZE) -> FilmStore:
    decoder = decoder_of(settings)
    return FilmStore(settings.cache_dir, decoder.limits, size, decoder)


def _print_manifest(manifest: Manifest, path: Path, *, as_json: bool) -> None:
    bias = read_bias(manifest_folder(path))
    said = warnings(manifest, bias, CLASSES)
    if as_json:
        told: dict[str, Any] = {**manifest.header, "warnings": said}
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    print("What became of every image, by source")
    _print_cross(fate_by_source(manifest), "fate")
    print("\nFilms used, by finding and source")
    _print_cross(class_by_source(manifest), "finding")
    print("\nFilms used, by split and class")
    _print_cross(split_by_class(manifest, CLASSES), "split")
    _print_copies(manifest)
    print("\nBefore believing an accuracy on these films")
    for sentence in said:
        print(f"- {sentence}")
    counts = manifest.header["counts"]
    print(
        f"\n{path}: {counts['used']} of {counts['images']} images used, of "
        f"{counts['patients']} patients; table {manifest.digest[:16]}"
    )


def _print_copies(manifest: Manifest) -> None:
    copies = manifest.header["copies"]
    found = ", ".join(
        f"{name} {count}" for name, count in copies["also_in_another_source"].items()
    )
    print(f"\nFilms that another source has too: {found or 'none'}")
    print(
        f"Same file name in two sources: {copies['same_name_pairs']} pairs, of which "
        f"{copies['same_name_pairs_found']} were found by their pictures"
    )
    masks = sum(source["orphan_masks"] for source in manifest.header["sources"])
    print(f"Lung masks without a film: {masks}")
    disputed = [film for film in manifest.films if film.exclusion is Exclusion.DISAGREEMENT]
    if disputed:
        print("\nSources disagree about these films, so none of their copies is used")
        rows = [(film.path, film.detail) for film in disputed]
        print_table(("film", "what they say"), rows, as_json=False)


def _print_cross(table: CrossTable, corner: str) -> None:
    rows = [
        (row, *counts, sum(counts))
        for row, counts in zip(table.rows, table.counts, strict=True)
    ]
    print_table((corner, *table.columns, "all"), rows, as_json=False)
