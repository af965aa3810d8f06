"""What the five papers say, as a table: recipe, dotted key, value. Nothing of it is ours."""

from __future__ import annotations

from typing import Any

_ONE_RATE = {"stages.0.schedule": "constant"}

_SOARES: dict[str, Any] = {
    "classes": ("covid19", "normal", "pneumonia"),
    "data.0.classes": ("covid19",),
    "data.0.sources": ("cohen",),
    "data.0.films": 175,
    "data.1.classes": ("normal",),
    "data.1.sources": ("kermany",),
    "data.1.films": 100,
    "data.2.classes": ("pneumonia",),
    "data.2.findings": ("viral", "bacterial"),
    "data.2.sources": ("kermany",),
    "data.2.films": 100,
    "initial_weights": "imagenet",
    "batch": 15,
    "optimiser.name": "adam",
    "stages.0.size": 237,
    "stages.0.epochs": 80,
    "stages.0.trains": "head",
    "stages.0.rate": 0.001,
    "study.folds": 0,
    "study.naive_shares": (0.1, 0.1),
    **_ONE_RATE,
}
_STAGE_A: dict[str, Any] = {
    "kernel": 3,
    "classes": ("normal", "not_normal"),
    "initial_weights": "scratch",
    "keep": "best_accuracy",
    "optimiser.name": "adam",
    "stages.0.epochs": 100,
    "stages.0.trains": "all",
    "stages.0.schedule": "cosine",
    "stages.0.rate": 0.001,
    "study.folds": 0,
}
_BASU: dict[str, Any] = {
    "kernel": 3,
    "classes": ("normal", "pneumonia", "other_disease", "covid19"),
    "data.0.classes": ("normal",),
    "data.0.films": 350,
    "data.1.classes": ("pneumonia",),
    "data.1.films": 322,
    "data.2.classes": ("other_disease",),
    "data.2.films": 300,
    "data.3.classes": ("covid19",),
    "data.3.sources": ("cohen",),
    "data.3.films": 180,
    "data.4.classes": ("covid19",),
    "data.4.sources": ("sirm", "radiopaedia", "spanish-hospital"),
    "data.4.films": 25 + 20 + 80,
    "initial_weights": "stage-a",
    "optimiser.name": "sgd",
    "optimiser.momentum": 0.9,
    "stages.0.rate": 0.0001,
    "study.folds": 5,
    **_ONE_RATE,
}
_LOPES_FILMS: dict[str, Any] = {
    "classes": ("covid19", "not_covid19"),
    "data.0.classes": ("covid19", "not_covid19"),
    "data.0.sources": ("figure1",),
    "data.0.films": 56,
    "data.1.classes": ("covid19", "not_covid19"),
    "data.1.sources": ("cohen",),
    "data.1.films": 0,
    "data.2.classes": ("covid19",),
    "data.2.sources": ("radiography",),
    "data.2.films": 3616,
    "data.3.classes": ("not_covid19",),
    "data.3.sources": ("radiography",),
    "data.3.films": 10192 + 6012 + 1345,
    "study.folds": 0,
    **_ONE_RATE,
}
_LOPES: dict[str, Any] = {
    **_LOPES_FILMS,
    "initial_weights": "imagenet",
    "head.pooling": "average",
    "head.hidden": (),
    "head.output": "softmax",
    "optimiser.name": "adam",
    "stages.0.size": 224,
    "stages.0.trains": "head",
    "stages.0.rate": 0.0001,
}
_LOPES_CUSTOM: dict[str, Any] = {
    **_LOPES_FILMS,
    "network": "nova",
    "initial_weights": "scratch",
    "batch": 50,
    "stages.0.trains": "all",
}
_SAKIB: dict[str, Any] = {
    "classes": ("covid19", "viral", "normal"),
    "data.0.classes": ("covid19",),
    "data.0.sources": ("radiography",),
    "data.0.films": 219,
    "data.1.classes": ("viral",),
    "data.1.sources": ("radiography",),
    "data.1.films": 1345,
    "data.2.classes": ("normal",),
    "data.2.sources": ("radiography",),
    "data.2.films": 1341,
    "normalisation": "dataset",
    "initial_weights": "imagenet",
    "head.pooling": "average",
    "head.dropout": 0.5,
    "head.l2": 0.02,
    "head.output": "softmax",
    "optimiser.name": "adam",
    "augmentation.rotation": 10.0,
    "augmentation.zoom": 0.1,
    "augmentation.shift": 0.1,
    "stages.0.size": 100,
    "stages.0.epochs": 3 * 20,
    "stages.0.schedule": "snapshots",
    "stages.0.rate": 0.001,
    "stages.0.cycles": 3,
    "study.folds": 0,
    "study.naive_shares": (0.1, 0.1),
}
_ZHONG: dict[str, Any] = {
    "classes": ("normal", "pneumonia", "covid19"),
    "data.0.classes": ("normal", "pneumonia", "covid19"),
    "data.0.sources": ("cohen", "figure1", "actualmed", "kermany"),
    "data.0.films": 0,
    "initial_weights": "scratch",
    "stages.0.epochs": 10,
    "stages.0.trains": "all",
    "stages.0.schedule": "plateau",
    "study.folds": 0,
}

SAID: dict[tuple[str, str], dict[str, Any]] = {
    ("soares2020", "vgg16"): {**_SOARES, "network": "vgg16"},
    ("soares2020", "resnet50"): _SOARES,  # "Residual Networks": the depth is ours
    ("soares2020", "xception"): {**_SOARES, "network": "xception"},
    ("stage-a", "alexnet"): {**_STAGE_A, "network": "alexnet"},
    ("stage-a", "vgg16"): {**_STAGE_A, "network": "vgg16"},
    ("stage-a", "resnet50"): {**_STAGE_A, "network": "resnet50"},
    ("stage-a", "xception"): _STAGE_A,
    ("stage-a", "densenet169"): _STAGE_A,
    ("stage-a", "inceptionv3"): _STAGE_A,
    ("basu2020", "alexnet"): {**_BASU, "network": "alexnet", "stages.0.trains": "conv5"},
    ("basu2020", "vgg16"): {**_BASU, "network": "vgg16", "stages.0.trains": "block5"},
    ("basu2020", "resnet50"): {**_BASU, "network": "resnet50", "stages.0.trains": "conv5"},
    ("sakib2020", "resnet50"): {**_SAKIB, "network": "resnet50"},
    ("zhong2020", "adam"): {**_ZHONG, "optimiser.name": "adam"},
    ("zhong2020", "nadam"): {**_ZHONG, "optimiser.name": "nadam"},
    ("zhong2020", "sgd"): {**_ZHONG, "optimiser.name": "sgd"},
}
"""Every value that a paper gives, by recipe and run."""

REPORTED: dict[tuple[str, str], dict[str, float]] = {
    ("soares2020", "vgg16"): {
        "accuracy": 0.973,
        "sensitivity_covid19": 39 / 39,
        "sensitivity_normal": 15 / 17,
        "sensitivity_pneumonia": 19 / 19,
    },
    ("soares2020", "resnet50"): {"accuracy": 0.946},
    ("soares2020", "xception"): {"accuracy": 0.959},
    ("basu2020", "alexnet"): {"accuracy": 0.8298},
    ("basu2020", "vgg16"): {
        "accuracy": 0.9013,
        "sensitivity_covid19": 0.99,
        "sensitivity_normal": 1.0,
    },
    ("basu2020", "resnet50"): {"accuracy": 0.8598},
    ("lopes2021", "vgg16"): {
        "accuracy": 0.9365,
        "auc": 0.9804,
        "minutes": 128.4,
        "minutes_per_epoch": 4.28,
    },
    ("lopes2021", "densenet169"): {"accuracy": 0.9309, "auc": 0.9789},
    ("lopes2021", "xception"): {"accuracy": 0.9017, "auc": 0.9624},
    ("lopes2021", "inceptionv3"): {"accuracy": 0.8983, "auc": 0.9624},
    ("lopes2021", "inceptionv3-100"): {"accuracy": 0.9085, "auc": 0.9671, "minutes": 394.4},
    ("sakib2020", "resnet50"): {
        "accuracy": 0.96,
        "validation_accuracy": 0.97,
        "loss": 0.14,
        "validation_loss": 0.11,
        "precision_covid19": 1.0,
        "sensitivity_covid19": 1.0,
        "f1_covid19": 1.0,
        "specificity_covid19": 1.0,
        "auc_covid19": 1.0,
    },
    ("zhong2020", "adam"): {
        "accuracy": 0.873,
        "precision": 0.8967,
        "sensitivity": 0.8446,
        "sensitivity_covid19": 98 / 100,
    },
}
"""Every number that a paper reports; runs that are not here have none."""

# Lopes et al., Table 1: run, input, kernel, output, epochs, optimiser, rate, accuracy, AUC.
_TABLE_1 = (
    (1, 150, 3, "sigmoid", 20, "rmsprop", 1e-4, 0.8829, 0.9190),
    (2, 256, 3, "sigmoid", 20, "rmsprop", 1e-4, 0.8891, 0.9228),
    (3, 256, 3, "sigmoid", 20, "rmsprop", 1e-2, 0.8100, 0.5000),
    (4, 256, 3, "sigmoid", 20, "rmsprop", 1e-3, 0.8308, 0.8947),
    (5, 256, 5, "sigmoid", 20, "rmsprop", 1e-3, 0.8470, 0.8446),
    (6, 256, 8, "sigmoid", 20, "rmsprop", 1e-3, 0.8098, 0.6560),
    (7, 256, 12, "sigmoid", 20, "rmsprop", 1e-3, 0.8095, 0.5651),
    (8, 256, 3, "sigmoid", 30, "rmsprop", 1e-4, 0.8977, 0.9317),
    (9, 256, 3, "sigmoid", 40, "rmsprop", 1e-4, 0.9124, 0.9511),
    (10, 256, 8, "sigmoid", 20, "adam", 1e-3, 0.8553, 0.8701),
    (11, 256, 8, "sigmoid", 20, "adam", 1e-3, 0.8100, 0.5000),
    (12, 256, 8, "softmax", 20, "adam", 1e-3, 0.8103, 0.5000),
    (13, 256, 8, "softmax", 20, "adam", 1e-3, 0.8095, 0.5000),
    (14, 256, 5, "sigmoid", 20, "rmsprop", 1e-3, 0.1903, 0.5000),
)
_RUN_9_MINUTES = {"minutes": 268.7, "minutes_per_epoch": 6.72}

for _number, _size, _kernel, _output, _epochs, _name, _rate, _accuracy, _auc in _TABLE_1:
    _run = ("lopes2021-custom", f"run-{_number}")
    SAID[_run] = {
        **_LOPES_CUSTOM,
        "kernel": _kernel,
        "head.output": _output,
        "optimiser.name": _name,
        "stages.0.size": _size,
        "stages.0.epochs": _epochs,
        "stages.0.rate": _rate,
    }
    _minutes = _RUN_9_MINUTES if _number == 9 else {}
    REPORTED[_run] = {"accuracy": _accuracy, "auc": _auc, **_minutes}

# The same for the transfer runs: run, network, batch, epochs.
for _transfer, _network, _batch, _epochs in (
    ("vgg16", "vgg16", 50, 30),
    ("densenet169", "densenet169", 100, 30),
    ("xception", "xception", 100, 30),
    ("inceptionv3", "inceptionv3", 100, 30),
    ("inceptionv3-100", "inceptionv3", 100, 100),
):
    SAID["lopes2021", _transfer] = {
        **_LOPES,
        "network": _network,
        "batch": _batch,
        "stages.0.epochs": _epochs,
    }
