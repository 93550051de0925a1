"""Learning curves of training runs, also of those that ended badly."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

import ngdm_lab as lab
from net_runs import STILL, points, small
from ngdm_lab.nets import fit
from ngdm_lab.plots import caption, colour, learning_curves, learning_figure


@pytest.fixture(scope="module")
def runs():
    made = [fit(small(), points(), opt, 4, 16, validation=0.2, **STILL) for opt in (lab.SGD(0.1), lab.Adam(0.01))]
    broken = fit(small(), points(), lab.SGD(1e30), 4, 16, **STILL)
    assert broken.status == "diverged"
    return [*made, broken]


def test_curves_are_the_history(runs):
    ax = learning_curves(runs[0])
    drawn = [line.get_ydata() for line in ax.get_lines()]
    for name in ("train_loss", "valid_loss", "test_loss"):
        assert any(np.array_equal(y, runs[0].history[name]) for y in drawn), name
    assert ax.get_yscale() == "log"
    assert ax.get_xlabel() == "epoch"
    score = learning_curves(runs[0], what="score")
    assert any(np.array_equal(line.get_ydata(), 100 * runs[0].history["test_score"]) for line in score.get_lines())


def test_several_runs_have_their_optimizers_colours(runs):
    ax = learning_curves(runs[:2])
    assert {line.get_color() for line in ax.get_lines()} == {colour("sgd"), colour("adam")}
    named = learning_curves({"adam": runs[0]}, legend=False, notes=False)
    assert {line.get_color() for line in named.get_lines()} == {colour("adam")}


@pytest.mark.filterwarnings("error")
def test_a_run_that_diverged_at_once_still_has_a_picture(runs):
    figure = learning_figure(runs[2])
    assert isinstance(figure, Figure)
    figure.canvas.draw()
    texts = [t.get_text() for legend in figure.legends for t in legend.get_texts()]
    assert any("diverged after" in text for text in texts)


def test_figure_says_what_was_run(runs):
    text = caption(learning_figure(runs))
    for word in ("clouds (50 + 20)", "batch size 16", "seed 0", "momentum=0.9", "Learning rates"):
        assert word in text.replace("\u00a0", " ").replace("\n", " "), word


def test_bad_arguments(runs):
    with pytest.raises(ValueError, match="what must be one of 'loss', 'score'"):
        learning_curves(runs[0], what="accuracy")
    with pytest.raises(ValueError, match="results must hold at least one"):
        learning_curves([])
    with pytest.raises(TypeError, match=r"results must be what lab\.nets.fit returns"):
        learning_curves([3])
    with pytest.raises(TypeError, match="ax must be a Matplotlib Axes"):
        learning_curves(runs[0], ax=3)


def test_one_epoch_is_seen_and_counted_in_whole_numbers():
    run = fit(small(), points(), lab.Adam(0.01), 1, 16, **STILL)
    for what in ("loss", "score"):
        ax = learning_curves(run, what=what)
        ax.figure.canvas.draw()
        assert list(ax.get_xticks()) == [1]
        seen = [line for line in ax.get_lines() if line.get_marker() != "none"]
        assert {float(line.get_ydata()[0]) for line in seen} == {float(line.get_ydata()[0]) for line in ax.get_lines()}
        assert not any("10^" in t.get_text() for t in ax.get_yticklabels())


def test_no_epoch_is_said_instead_of_an_empty_frame(runs):
    for ax in learning_figure(runs[2]).axes:
        assert "no epoch was finished" in [t.get_text() for t in ax.texts]
        assert len(ax.get_yticks()) == 0


def test_index_is_printed_where_it_means_something(runs):
    def note(made):
        return caption(learning_figure(made))

    natural = fit(small(), points(), lab.NGDM(0.01, lab.Dirichlet(1.4)), 1, 16, **STILL)
    assert "index" not in note(runs)
    assert "index fan_in" in note(natural).replace("\u00a0", " ").replace("\n", " ")
