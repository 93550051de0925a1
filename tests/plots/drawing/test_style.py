"""One look for each optimizer everywhere, and a style that leaves the user's settings alone."""

from __future__ import annotations

import subprocess
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import rgb_to_hsv, to_rgb

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import optimizers, plots
from ngdm_lab.plots.drawing import words
from ngdm_lab.plots.drawing.style import COLUMN, dress

LABELS = [*optimizers.names(), "control"]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_every_known_label_has_a_look_of_its_own():
    looks = [plots.look(label) for label in LABELS]
    assert len({look.colour for look in looks}) == len(LABELS)
    assert len({str(look.dash) for look in looks}) == len(LABELS)
    assert len({look.marker for look in looks}) == len(LABELS)
    assert [plots.colour(label) for label in LABELS] == [look.colour for look in looks]


@pytest.mark.parametrize("kind", ["dirichlet", "gendir"])
def test_exact_forms_keep_the_hue_of_the_diagonal_form(kind):
    diagonal, exact = plots.look(f"ngdm-{kind}"), plots.look(f"ngdm-{kind}-exact")
    hues = [rgb_to_hsv(to_rgb(look.colour))[0] for look in (diagonal, exact)]
    assert abs(hues[0] - hues[1]) < 0.08
    assert diagonal.dash != exact.dash


def test_colours_differ_in_simulated_colour_blindness():
    """Machado et al. 2009, full protanopia and deuteranopia, in linear RGB: no two optimizers look alike."""
    protanopia = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    deuteranopia = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    for matrix in (protanopia, deuteranopia):
        seen = []
        for label in LABELS:
            linear = [((c + 0.055) / 1.055) ** 2.4 if c > 0.04045 else c / 12.92 for c in to_rgb(plots.colour(label))]
            mixed = [min(1.0, max(0.0, sum(m * c for m, c in zip(row, linear, strict=True)))) for row in matrix]
            seen.append([c ** (1 / 2.4) for c in mixed])
        for i in range(len(seen)):
            for j in range(i):
                apart = sum((a - b) ** 2 for a, b in zip(seen[i], seen[j], strict=True)) ** 0.5
                assert apart > 0.1, (LABELS[i], LABELS[j])


def test_other_labels_get_reserve_colours_that_stay():
    labels = [f"rule-{k}" for k in range(5)]
    colours = [plots.colour(label) for label in labels]
    assert [plots.colour(label) for label in reversed(labels)] == colours[::-1]
    assert not {plots.colour(label) for label in LABELS} & set(colours)
    looks = {(look.colour, str(look.dash), look.marker) for look in map(plots.look, (f"many-{k}" for k in range(12)))}
    assert len(looks) > 8
    with pytest.raises(TypeError, match="label must be a str such as 'adam', got 3"):
        plots.colour(3)


def test_other_labels_look_the_same_in_another_process():
    code = "from ngdm_lab import plots; print(plots.colour('my-own-rule'))"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True) for _ in range(2)]
    assert runs[0].stdout.strip().startswith("#"), runs[0].stderr
    assert runs[0].stdout == runs[1].stdout


def test_importing_the_package_does_not_import_matplotlib():
    code = "import sys, ngdm_lab, landscapes; print('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


def test_settings_are_as_before():
    path = lab.trace(lab.Adam(0.1), ls.himmelblau(), [0.0, 4.0], 30)
    runs = lab.ensemble(lab.Adam(0.1), ls.himmelblau(), 5, 30)
    with mpl.rc_context({"font.size": 17, "axes.facecolor": "red", "lines.linewidth": 9}):
        before = dict(mpl.rcParams)
        plots.trajectories(path)
        plots.convergence(runs)
        plots.basins(lab.basins(lab.SGD(1e-3), ls.himmelblau(), 5, 10))
        with pytest.raises(ValueError, match="at least one"):
            plots.trajectories([])
        assert dict(mpl.rcParams) == before


def test_the_packages_style_does_not_depend_on_the_users_settings():
    with mpl.rc_context({"font.size": 17, "axes.facecolor": "red", "xtick.labelsize": 20}):
        with plots.style():
            ax = plots.convergence(lab.ensemble(lab.Adam(0.1), ls.himmelblau(), 5, 30))
        ax.figure.canvas.draw()  # ticks are made now, outside of the style
        assert {label.get_fontsize() for label in ax.get_xticklabels()} == {7.0}
    assert ax.xaxis.label.get_fontsize() == 8
    assert ax.get_facecolor() == (1, 1, 1, 1)


def test_the_users_settings_are_respected():
    """What he set is his; what he left is the package's, in his size."""
    chosen = {"font.size": 16, "font.family": "serif", "axes.facecolor": "#FFFFEE", "figure.facecolor": "#FFFFDD",
              "xtick.labelsize": 20}  # fmt: skip
    runs = lab.ensemble(lab.Adam(0.1), ls.himmelblau(), 5, 30)
    with mpl.rc_context(chosen):
        ax = plots.convergence(runs)
        ax.figure.canvas.draw()
    assert ax.get_facecolor() == mpl.colors.to_rgba("#FFFFEE")
    assert ax.figure.get_facecolor() == mpl.colors.to_rgba("#FFFFDD")
    assert ax.xaxis.label.get_fontfamily() == ["serif"]
    assert {label.get_fontfamily()[0] for label in ax.get_xticklabels()} == {"serif"}
    assert {label.get_fontsize() for label in ax.get_xticklabels()} == {20}
    assert {label.get_fontsize() for label in ax.get_yticklabels()} == {14}  # 7 points of the package's 8
    assert ax.xaxis.label.get_fontsize() == 16
    assert ax.figure.get_figwidth() == pytest.approx(2 * COLUMN)  # as much larger as its type
    assert plots.convergence(runs).figure.get_figwidth() == pytest.approx(COLUMN)


def luminance(colour):
    linear = [((c + 0.055) / 1.055) ** 2.4 if c > 0.04045 else c / 12.92 for c in to_rgb(colour)]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """Of WCAG 2: 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_everything_can_be_read_on_a_dark_ground():
    runs = [lab.ensemble(o, ls.himmelblau(), 5, 30) for o in (lab.SGD(1e-3), lab.Adam(0.1))]
    with mpl.style.context("dark_background"):
        ax = plots.convergence(runs)
        ax.figure.canvas.draw()
        colours = {label: plots.colour(label) for label in LABELS}
        handles = [line.get_color() for line in ax.figure.legends[0].get_lines()]
    assert ax.get_facecolor() == ax.figure.get_facecolor() == (0, 0, 0, 1)
    texts = [t for t in ax.figure.findobj(mpl.text.Text) if t.get_text().strip() and t.get_visible()]
    assert len(texts) > 10
    for text in texts:
        assert contrast(text.get_color(), "black") > 4.5, text.get_text()
    assert handles == [colours["sgd"], colours["adam"]]
    for label, colour in colours.items():
        assert contrast(colour, "black") > 3, label
    assert len(set(colours.values())) == len(LABELS)
    for line in ax.get_xgridlines():
        assert 1.1 < contrast(line.get_color(), "black") < 3  # seen, and quieter than the curves
    assert contrast(next(line for line in ax.lines if line.get_label() == "sgd").get_color(), "black") > 3


def test_type_is_never_below_seven_points():
    ax = plots.trajectories([lab.trace(o, ls.himmelblau(), [0.0, 4.0], 30) for o in (lab.Adam(0.1), lab.SGD(1e-3))])
    figure = ax.figure
    figure.canvas.draw()
    texts = [t for t in figure.findobj(mpl.text.Text) if t.get_text().strip() and t.get_visible()]
    assert figure.get_figwidth() == COLUMN
    assert min(t.get_fontsize() for t in texts) >= 7


def test_dress_fixes_what_ticks_are_made_with():
    with plots.style():
        _, ax = plt.subplots()
        dress(ax)
    assert ax.xaxis.get_tick_params()["labelsize"] == 7.0
    assert ax.yaxis.get_tick_params()["gridOn"]


def test_names_and_numbers():
    assert words.name_of("ngdm-gendir-exact") == "NGDM GenDir (exact)"
    assert words.name_of("adam (2)") == "Adam (2)"
    assert words.name_of("sgd", lab.SGD(1e-3, nesterov=False)) == "SGD-momentum"
    assert words.name_of("a$b") == r"a\$b"
    assert len(words.name_of("x" * 90)) < 40
    assert [words.number(v) for v in (1e-3, 5.62e-4, 1e-5, 250.0, 1e5, 0.0)] == [
        "0.001", "5.62e-4", "1e-5", "250", "1e5", "0",
    ]  # fmt: skip
    assert words.numbered(["sgd", "adam", "sgd"]) == ["sgd", "adam", "sgd (2)"]
    assert words.point([-2.8051, 1e-9]) == "(−2.81, 0)"


def test_options_are_said_once():
    s = ls.sphere(2)
    rules = [lab.SGD(1e-3), lab.NGDM(1e-3, lab.Dirichlet(lab.ramp(1.4, 0.005))), lab.Adam(0.1)]
    [note] = words.option_lines([(o.name, lab.ensemble(o, s, 1, 1)) for o in rules])
    note = note.replace("\u00a0", " ")
    assert note.count("momentum=0.9") == note.count("weight_decay=0") == 1
    assert "distribution=Dirichlet(α=1.4+0.005i)" in note
    assert "Adam: betas=(0.9, 0.999), eps=1e-8." in note
    assert "lr=" not in note
    assert "form=" not in note  # it stands in the name
