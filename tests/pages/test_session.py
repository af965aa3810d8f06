"""The worklist of a session keeps every reading with its own film, whoever interrupts whom."""

from __future__ import annotations

import pytest

from cxr_core.domain import FilmFile, Reading, Refusal
from pages.components.session import Worklist
from pages.components.text import plain


def file(name: str) -> FilmFile:
    return FilmFile(name, lambda: name.encode())


def read(files: list[FilmFile]):
    for each in files:
        yield Reading(each.name, f"sha of {each.name}", Refusal("blank_image", "blank"), None)


def drain(films: Worklist, batch: int = 3) -> None:
    while films.waiting:
        for _ in films.read_next(batch, read):
            pass


def assert_every_reading_is_with_its_film(films: Worklist) -> None:
    for case in films.cases.values():
        assert case.reading.name == case.file.name


def test_every_film_is_read_once_in_order() -> None:
    films = Worklist()
    films.add(file(str(number)) for number in range(7))
    drain(films)
    assert [case.file.name for case in films.cases.values()] == [str(n) for n in range(7)]
    assert_every_reading_is_with_its_film(films)


def test_a_second_reader_takes_over_and_nothing_is_mixed_up_or_lost() -> None:
    films = Worklist()
    films.add(file(str(number)) for number in range(6))
    old = films.read_next(4, read)
    next(old)
    new = films.read_next(4, read)
    next(new)
    assert list(old) == []
    assert len(list(new)) == 3
    drain(films)
    assert len(films.cases) == 6
    assert_every_reading_is_with_its_film(films)


def test_films_dropped_while_one_is_read_wait_their_turn() -> None:
    films = Worklist()
    films.add(iter([file("a"), file("b")]))
    reader = films.read_next(2, read)
    next(reader)
    films.add(iter([file("c")]))
    list(reader)
    assert [each.name for each in films.waiting] == ["c"]
    drain(films)
    assert_every_reading_is_with_its_film(films)


def test_a_cleared_list_stays_empty_though_a_reader_was_at_work() -> None:
    films = Worklist()
    films.add(iter([file("a"), file("b")]))
    reader = films.read_next(2, read)
    next(reader)
    films.clear()
    assert list(reader) == []
    assert not films.cases
    assert not films.waiting


def test_a_reader_that_fails_pauses_instead_of_failing_on_every_visit() -> None:
    def broken(files):
        yield from read(files[:1])
        raise RuntimeError("out of memory")

    films = Worklist()
    films.add(iter([file("a"), file("b")]))
    with pytest.raises(RuntimeError):
        list(films.read_next(2, broken))
    assert films.paused
    assert [each.name for each in films.waiting] == ["b"]


def test_the_same_file_dropped_again_takes_its_own_place() -> None:
    films = Worklist()
    films.add(iter([file("a"), file("b"), file("a")]))
    drain(films)
    assert [case.reading.name for case in films.cases.values()] == ["a", "b"]


def test_a_file_name_is_never_markdown() -> None:
    assert plain("![x](http://x/y.png)") == r"\!\[x\]\(http\://x/y.png\)"
    assert plain("film.png") == "film.png"
