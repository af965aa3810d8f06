"""Read films: decode, gate, run every model once, decide the priority.

Films are decoded on other threads while the networks work on the batch before; a film that
cannot be read becomes a reading that says why, and never stops the others.
"""

from __future__ import annotations

import functools
import itertools
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from cxr_core.domain import AS_STORED, Prediction, Reading, Refusal, Role
from cxr_core.errors import InputError
from cxr_core.evaluation.cases import softmax
from cxr_core.imaging.border import translate_damage
from cxr_core.imaging.preparing import UNREADABLE, Order
from cxr_core.triage import decide, prediction_set
from cxr_core.use_cases.access import require

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from cxr_core.domain import (
        Actor,
        FilmFile,
        FloatArray,
        InputKind,
        ModelInput,
        Presentation,
    )
    from cxr_core.imaging.preparing import Decoder, Look
    from cxr_core.inference.engine import EngineOutput
    from cxr_core.registry.catalogue import LoadedModel

_ADULT_YEARS = 18
_DECODERS = 2
THUMBNAIL_SIDE = 96


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
    """Reads films with the versions that `models` gives when a reading begins.

    `decoder` is a pool of child processes where films come from strangers.
    """

    models: Models
    decoder: Decoder

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
        return read_films(files, self.models.load(wanted), self.decoder, batch, view_side)

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

    def look_for(
        self,
        actor: Actor | None,
        data: bytes,
        kinds: Collection[InputKind] = (),
        presentation: Presentation = AS_STORED,
    ) -> Look:
        """Decode one film for somebody to look at, with what networks of `kinds` get of it.

        Raises
        ------
        AccessError
            When nobody is signed in.
        InputError
            When it cannot be read.
        """
        require(actor, Role.READER, "look at films")
        return self.decoder.look(data, kinds, presentation)


def read_films(
    files: Iterable[FilmFile],
    models: Sequence[LoadedModel],
    decoder: Decoder,
    batch: int = 8,
    view_side: int = THUMBNAIL_SIDE,
) -> Iterator[Reading]:
    """Yield one reading per file, in order; its view is at most `view_side` long."""
    kinds = {_kind(model) for model in models}
    for group in _decoded(files, kinds, decoder, batch, view_side):
        yield from _interpret(group, models)


def answer_films(
    files: Iterable[FilmFile], model: LoadedModel, decoder: Decoder, batch: int = 16
) -> Iterator[Answer | None]:
    """Yield what a version makes of each file, in order; None for a film that is refused.

    The films go the way of `read_films`, without what a reader needs to look at.
    """
    for group in _decoded(files, {_kind(model)}, decoder, batch, THUMBNAIL_SIDE):
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
    decoder: Decoder,
    batch: int,
    view_side: int,
) -> Iterator[list[Decoded]]:
    decode = functools.partial(_decode, kinds=kinds, decoder=decoder, view_side=view_side)
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
    file: FilmFile, kinds: Collection[InputKind], decoder: Decoder, view_side: int
) -> Decoded:
    """Have a film decoded and made ready, asked by a worker thread."""
    try:
        with translate_damage(UNREADABLE):
            data = file.load()
    except InputError as error:
        return Decoded(Reading(file.name, None, Refusal(error.code, str(error)), None), {})
    film = decoder.prepare(data, Order(kinds, view_side, file.presentation))
    refusal = None if film.refusal is None else Refusal(film.refusal.code, str(film.refusal))
    reading = Reading(file.name, film.sha256, refusal, film.provenance, view=film.view)
    return Decoded(reading, film.inputs)


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
            input_kind=_kind(model),
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
