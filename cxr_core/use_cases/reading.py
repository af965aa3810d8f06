"""Read films: decode, gate, run every model once, decide the priority.

Films are decoded on other threads while the networks work on the batch before; a film that
cannot be read becomes a reading that says why, and never stops the others.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from cxr_core.domain import (
    FilmFile,
    ModelInput,
    Normalisation,
    Prediction,
    Provenance,
    Radiograph,
    Reading,
    Refusal,
    Role,
)
from cxr_core.errors import InputError
from cxr_core.evaluation.cases import softmax
from cxr_core.imaging.border import translate_damage
from cxr_core.imaging.decode import Limits, decode_radiograph
from cxr_core.imaging.model_input import prepare
from cxr_core.inference.overlay import fit_within
from cxr_core.triage import decide, prediction_set
from cxr_core.use_cases.access import require

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from cxr_core.domain import Actor, FloatArray
    from cxr_core.inference.engine import EngineOutput
    from cxr_core.registry.catalogue import LoadedModel

InputKind: TypeAlias = tuple[int, Normalisation]
"""Size and normalisation: versions that share both share the prepared film."""

_ADULT_YEARS = 18
_DECODERS = 2
THUMBNAIL_SIDE = 96
_UNREADABLE = "The film cannot be read; expected a whole image file. Export it again."


@dataclass(frozen=True, slots=True)
class Decoded:
    """A film on its way to the networks: `inputs` by kind, none if refused."""

    reading: Reading
    inputs: dict[InputKind, ModelInput]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What one version makes of one film: float32 `logits` (classes,), `features` (channels,).

    Neither is calibrated.
    """

    logits: FloatArray
    features: FloatArray


class Models(Protocol):
    """Versions to read with: those that serve, or all of a catalogue."""

    def load(self, names: Sequence[str] | None = None) -> list[LoadedModel]:
        """Return the versions of these names; those that serve where none are given."""
        ...


@dataclass(frozen=True, slots=True)
class ReadingService:
    """Reads films with the versions that `models` gives when a reading begins."""

    models: Models
    limits: Limits

    def read(
        self,
        files: Iterable[FilmFile],
        models: Sequence[str] | None = None,
        batch: int = 8,
        view_side: int = THUMBNAIL_SIDE,
    ) -> Iterator[Reading]:
        """Yield one reading per file, in order, a batch at a time.

        A model named twice runs once.

        Raises
        ------
        ModelError, DataError
            When no model, or not the one asked for, can be loaded.
        """
        wanted = None if models is None else list(dict.fromkeys(models))
        return read_films(files, self.models.load(wanted), self.limits, batch, view_side)

    def read_for(self, actor: Actor | None, files: Iterable[FilmFile]) -> Iterator[Reading]:
        """Read for somebody, with the versions that serve.

        Raises
        ------
        AccessError
            When nobody is signed in.
        ModelError
            When no version can be loaded.
        """
        require(actor, Role.READER, "read films")
        return self.read(files)

    def show_to(self, actor: Actor | None, data: bytes) -> Radiograph:
        """Decode one film for somebody to look at.

        Raises
        ------
        AccessError
            When nobody is signed in.
        InputError
            When it cannot be read.
        """
        require(actor, Role.READER, "look at films")
        return self.radiograph(data)

    def radiograph(self, data: bytes) -> Radiograph:
        """Decode one film for display.

        Raises
        ------
        InputError
            When it cannot be read.
        """
        return decode_radiograph(data, self.limits)


def read_films(
    files: Iterable[FilmFile],
    models: Sequence[LoadedModel],
    limits: Limits,
    batch: int = 8,
    view_side: int = THUMBNAIL_SIDE,
) -> Iterator[Reading]:
    """Yield one reading per file, in order; its view is at most `view_side` long."""
    kinds = {_kind(model) for model in models}
    for group in _decoded(files, kinds, limits, batch, view_side):
        yield from _interpret(group, models)


def answer_films(
    files: Iterable[FilmFile], model: LoadedModel, limits: Limits, batch: int = 16
) -> Iterator[Answer | None]:
    """Yield what a version makes of each file, in order; None for a film that is refused.

    The films go the way of `read_films`, without what a reader needs to look at.
    """
    for group in _decoded(files, {_kind(model)}, limits, batch, THUMBNAIL_SIDE):
        films = [decoded.inputs for decoded in group if decoded.reading.refusal is None]
        output = _run(model, films) if films else None
        spoken = iter(range(len(films)))
        for decoded in group:
            if output is None or decoded.reading.refusal is not None:
                yield None
            else:
                place = next(spoken)
                yield Answer(output.logits[place], output.features[place])


def _decoded(
    files: Iterable[FilmFile],
    kinds: Collection[InputKind],
    limits: Limits,
    batch: int,
    view_side: int,
) -> Iterator[list[Decoded]]:
    decode = functools.partial(_decode, kinds=kinds, limits=limits, view_side=view_side)
    with ThreadPoolExecutor(_DECODERS, thread_name_prefix="decode") as pool:
        yield from _decoded_ahead(pool, decode, files, batch)


def _kind(model: LoadedModel) -> InputKind:
    return model.manifest.input_size, model.manifest.normalisation


def _decoded_ahead(
    pool: ThreadPoolExecutor,
    decode: Callable[[FilmFile], Decoded],
    files: Iterable[FilmFile],
    batch: int,
) -> Iterator[list[Decoded]]:
    """Groups of `batch`, the group after being decoded while this one is used."""
    rest = iter(files)
    queue: deque[list[Future[Decoded]]] = deque()
    while True:
        if group := list(itertools.islice(rest, batch)):
            queue.append([pool.submit(decode, file) for file in group])
        if not queue:
            return
        if len(queue) > 1 or not group:
            yield [future.result() for future in queue.popleft()]


def _decode(
    file: FilmFile, kinds: Collection[InputKind], limits: Limits, view_side: int
) -> Decoded:
    """Decode and prepare on a worker thread; the full-size film ends here."""
    digest: str | None = None
    provenance: Provenance | None = None
    try:
        with translate_damage(_UNREADABLE):
            data = file.load()
            digest = hashlib.sha256(data).hexdigest()
            radiograph = decode_radiograph(data, limits)
            provenance = radiograph.provenance
            view = small_view(radiograph, view_side)
            inputs = {kind: prepare(radiograph, *kind) for kind in kinds}
    except InputError as error:
        refusal = Refusal(error.code, str(error))
        return Decoded(Reading(file.name, digest, refusal, error.provenance or provenance), {})
    return Decoded(Reading(file.name, digest, None, provenance, view=view), inputs)


def _interpret(group: list[Decoded], models: Sequence[LoadedModel]) -> Iterator[Reading]:
    films = [decoded.inputs for decoded in group if decoded.reading.refusal is None]
    spoken = iter(list(zip(*(_predict(model, films) for model in models), strict=True)))
    for decoded in group:
        if decoded.reading.refusal is not None:
            yield decoded.reading
        else:
            yield _with_predictions(decoded.reading, next(spoken), models)


def _run(model: LoadedModel, films: Sequence[dict[InputKind, ModelInput]]) -> EngineOutput:
    return model.engine.run(np.concatenate([film[_kind(model)].pixels for film in films]))


def _predict(
    model: LoadedModel, films: Sequence[dict[InputKind, ModelInput]]
) -> list[Prediction]:
    if not films:
        return []
    manifest = model.manifest
    output = _run(model, films)
    calibration = manifest.calibration
    rows = softmax(output.logits, calibration.temperature if calibration else 1.0).tolist()
    return [
        Prediction(
            model=model.ref,
            classes=manifest.classes,
            probabilities=tuple(probabilities),
            logits=tuple(logits),
            heatmaps=heatmaps,
            prediction_set=calibration.conformal.prediction_set(probabilities)
            if calibration
            else prediction_set(manifest.classes, probabilities),
            reassuring=manifest.reassuring,
            device=model.engine.device,
            seconds=output.seconds / len(films),
        )
        for logits, probabilities, heatmaps in zip(
            output.logits.tolist(), rows, output.heatmaps, strict=True
        )
    ]


def _with_predictions(
    reading: Reading, predictions: tuple[Prediction, ...], models: Sequence[LoadedModel]
) -> Reading:
    provenance = reading.provenance
    flags = list(provenance.flags) if provenance else []
    age = provenance.patient_age_years if provenance else None
    unfit = [each.ref.name for each in models if not each.manifest.trained_on_children]
    if age is not None and age < _ADULT_YEARS and unfit:
        flags.append("child_film")
    if any(each.manifest.calibration is None for each in models):
        flags.append("uncalibrated")
    return replace(reading, predictions=predictions, triage=decide(predictions, flags))


def small_view(radiograph: Radiograph, longest: int) -> NDArray[np.uint8]:
    """Shrink a film for looking at: uint8, windowed to its percentiles 0.5 to 99.5."""
    small = fit_within(radiograph.pixels, longest)
    low, high = np.percentile(small, (0.5, 99.5))
    shares = np.clip((small - low) / max(high - low, 1e-6), 0.0, 1.0)
    return np.asarray(np.rint(shares * 255), dtype=np.uint8)
