"""The scikit-learn plots: the rows of each kind and how dvc.yaml describes them."""

from __future__ import annotations

import numpy as np
import pytest

from dvclive_cli.errors import UsageError
from dvclive_cli.plots import PLOT_KINDS, compute, plot_kind

LABELS, SCORES = [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]

# What DVCLive 3.49 writes for the same call.
EXPECTED = {
    "roc": {
        "roc": [
            {"fpr": 0.0, "tpr": 0.0, "threshold": float("inf")},
            {"fpr": 0.0, "tpr": 0.5, "threshold": 0.8},
            {"fpr": 0.5, "tpr": 0.5, "threshold": 0.4},
            {"fpr": 0.5, "tpr": 1.0, "threshold": 0.35},
            {"fpr": 1.0, "tpr": 1.0, "threshold": 0.1},
        ]
    },
    "precision_recall": {
        "precision_recall": [
            {"precision": 0.5, "recall": 1.0, "threshold": 0.1},
            {"precision": 0.6666666666666666, "recall": 1.0, "threshold": 0.35},
            {"precision": 0.5, "recall": 0.5, "threshold": 0.4},
            {"precision": 1.0, "recall": 0.5, "threshold": 0.8},
        ]
    },
    "det": {
        "det": [
            {"fpr": 0.5, "fnr": 0.0, "threshold": 0.35},
            {"fpr": 0.5, "fnr": 0.5, "threshold": 0.4},
            {"fpr": 0.0, "fnr": 0.5, "threshold": 0.8},
        ]
    },
    "calibration": {
        "calibration": [
            {"prob_true": 0.0, "prob_pred": 0.1},
            {"prob_true": 0.5, "prob_pred": 0.375},
            {"prob_true": 1.0, "prob_pred": 0.8},
        ]
    },
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_each_kind_gives_the_rows_that_dvc_plots_know(kind):
    assert compute(kind, LABELS, SCORES, {}) == EXPECTED[kind]


@pytest.mark.parametrize("kind", EXPECTED)
def test_arrays_give_what_lists_give_in_plain_numbers(kind):
    data = compute(kind, np.array(LABELS), np.array(SCORES), {})
    assert data == EXPECTED[kind]
    assert all(type(cell) is float for row in data[kind] for cell in row.values())


def test_a_confusion_matrix_is_a_list_of_texts():
    rows = compute("confusion_matrix", np.array([0, 1]), ["cat", 1], {})
    assert rows == [{"actual": "0", "predicted": "cat"}, {"actual": "1", "predicted": "1"}]


def test_options_go_to_scikit_learn():
    assert len(compute("calibration", LABELS, SCORES, {"n_bins": 1})["calibration"]) == 1
    with pytest.raises(UsageError, match="plot-data"):
        compute("roc", LABELS, SCORES, {"no_such_option": 1})


def test_the_columns_of_dvc_yaml_are_in_the_rows():
    for name, kind in PLOT_KINDS.items():
        data = compute(name, LABELS, SCORES if kind.key else LABELS, {})
        rows = data[kind.key] if kind.key else data
        assert {kind.x, kind.y} <= rows[0].keys()


def test_only_the_confusion_matrix_has_a_normalized_template():
    assert plot_kind("confusion_matrix").axes(normalized=True)["template"] == "confusion_normalized"
    assert plot_kind("roc").axes(normalized=True)["template"] == "simple"


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match=r"'rocc'.*Use one of roc, "):
        compute("rocc", LABELS, SCORES, {})


@pytest.mark.parametrize(
    ("labels", "scores"), [([0, 1], [0.5]), (["a", "b"], [0.1, 0.2]), ([0, 1], ["x", "y"])]
)
def test_values_that_cannot_be_plotted_are_refused(labels, scores):
    with pytest.raises(UsageError, match="plot-data"):
        compute("roc", labels, scores, {})
