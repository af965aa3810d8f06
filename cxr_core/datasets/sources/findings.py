"""The words that releases use for findings, and where each stands in the ontology."""

from __future__ import annotations

from cxr_core.datasets.ontology import Finding, most_specific

_NORMAL = ("no finding", "normal")
_PNEUMONIA = ("pneumonia", "aspiration")
_COVID19 = ("covid-19", "covid19", "covid")
_VIRAL = (
    "viral", "sars", "mers", "mers-cov", "influenza", "h1n1", "herpes", "varicella",
)  # fmt: skip
_BACTERIAL = (
    "bacterial", "streptococcus", "staphylococcus", "mrsa", "klebsiella", "legionella",
    "chlamydophila", "chlamydia", "mycoplasma", "mycoplasma bacterial pneumonia", "e.coli",
    "nocardia",
)  # fmt: skip
_FUNGAL = ("fungal", "pneumocystis", "aspergillosis")
# Lipoid pneumonia is no infection, and tuberculosis is not read as pneumonia on a film.
_OTHER = ("ards", "lipoid", "tuberculosis")
_FINDINGS = {
    word: finding
    for finding, words in (
        (Finding.NORMAL, _NORMAL),
        (Finding.PNEUMONIA, _PNEUMONIA),
        (Finding.COVID19, _COVID19),
        (Finding.VIRAL, _VIRAL),
        (Finding.BACTERIAL, _BACTERIAL),
        (Finding.FUNGAL, _FUNGAL),
        (Finding.OTHER_DISEASE, _OTHER),
    )
    for word in words
}


def finding_of(text: str) -> Finding:
    """Return the finding that Cohen's vocabulary means; whatever is not known is unknown.

    A path goes from the general to the special, and its last known step counts. Of several
    findings, each pneumonia that is named outweighs another disease beside it.

    >>> [finding_of(each).value for each in ("Pneumonia/Viral/COVID-19", "COVID-19, ARDS")]
    ['covid19', 'covid19']
    >>> finding_of("Pneumonia/Lipoid").value, finding_of("todo").value
    ('other_disease', 'unknown')
    """
    named = {_last_known(each) for each in text.lower().split(",")}
    if len(named) == 1:
        return named.pop()
    if Finding.UNKNOWN in named or Finding.NORMAL in named:
        return Finding.UNKNOWN
    kinds = named - {Finding.OTHER_DISEASE}
    return most_specific(kinds) or Finding.PNEUMONIA


def _last_known(path: str) -> Finding:
    steps = [_FINDINGS.get(step.strip(), Finding.UNKNOWN) for step in path.split("/")]
    if steps[0] is Finding.UNKNOWN:
        return Finding.UNKNOWN
    return [step for step in steps if step is not Finding.UNKNOWN][-1]
