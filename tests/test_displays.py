"""What notebooks show: short, whole HTML without colours of its own, with the numbers of text and attributes."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.compiler import markup
from ngdm_lab.engine.status import shown as in_words


@lab.update_rule(direction=True)
def plain(x, g, n, t):
    """Gradient descent."""


@ls.landscape(bounds=(-1, 1), name="<script>alert(1)</script>")
def hostile(x, g, n):
    """f(x) = x_1 where x_1 < 1 & y > "2"."""
    for i in range(n):
        g[i] = 0.0
    g[0] = 1.0
    return x[0]


class Whole(HTMLParser):
    """Every element is closed, in order; its words are kept."""

    def __init__(self, text):
        super().__init__()
        self.open, self.cells, self.words = [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data
        if self.open[-1] in ("td", "th"):
            self.cells[-1] += data


@pytest.fixture(scope="module")
def fit():
    net = lab.nets.mlp(sizes=(3,), inputs=2, classes=2)
    return lab.nets.fit(net, lab.nets.data.load("spirals"), lab.Adam(), 1, 64, progress=False)


@pytest.fixture(scope="module")
def runs():
    return lab.ensemble(lab.SGD(1e-3), ls.rosenbrock(2), 30, 200)


@pytest.fixture(scope="module")
def comparison():
    race = lab.race([lab.SGD(1e-2), lab.Adam(1e-2)], ls.sphere(2), 20, 60, tuning=False, progress=False)
    return lab.compare(race, "sphere-2d")


@pytest.fixture(scope="module")
def shown(fit, runs, comparison):
    return [
        fit, runs, comparison, lab.trace(lab.Adam(0.1), ls.sphere(2), [1.0, 2.0], 9), ls.ellipsoid(3).rotated(1),
        ls.monkey_saddle(), ls.logistic_iris(), hostile(2).noisy(0.5), lab.Adam(), plain(),
        lab.NGDM(0.1, lab.Dirichlet(2)),
        lab.preconditioned(plain(), lab.Dirichlet(2.0)), lab.Dirichlet(2.0), lab.Dirichlet([3.0]),
        lab.Dirichlet(np.arange(1.0, 1000.0)), lab.Dirichlet(np.ones((2, 3))),
        lab.GeneralizedDirichlet([1.0, 2.0], [3.0, 4.0]), lab.GeneralizedDirichlet(lab.ramp(1, 1), 2.0),
    ]  # fmt: skip


def test_all_are_short_and_whole_and_have_no_colours(shown):
    for thing in shown:
        html = thing._repr_html_()
        assert Whole(html).words.strip()
        assert len(html) < 10_000
        assert not re.search(r"[:\"]#[0-9a-fA-F]{3}|(color|background)\s*:|<script|<link|http", html), html


def test_words_are_escaped():
    html = hostile(2)._repr_html_()
    assert "<script" not in html
    assert 'f(x) = x_1 where x_1 < 1 & y > "2".' in Whole(html).words
    assert Whole(markup.card("<b>", {"&": "<i>"}, markup.details("<u>", "</pre>"))).words == "<b>&<i><u></pre>"
    assert Whole(markup.table(["<a>"], [["<c>"]])).cells == ["<a>", "<c>"]


def test_a_comparison_shows_the_cells_of_its_text(comparison):
    cells = [cell.strip() for cell in Whole(comparison._repr_html_()).cells]
    words = " ".join(str(comparison).split())
    assert len(cells) == 4 * 5
    assert all(" ".join(cell.split()) in words for cell in cells)
    assert comparison.floor_in_words() in Whole(comparison._repr_html_()).words


def test_an_ensemble_shows_its_attributes(runs):
    words = Whole(runs._repr_html_()).words
    assert f"{(runs.hit >= 0).sum()} of 30" in words
    assert len(set(runs.status)) > 1
    for word in set(runs.status):
        assert f"{(runs.status == word).sum()} {in_words(word)}" in words
    middle = np.median(np.where(np.isnan(runs.f), np.inf, runs.f))
    assert f"{middle:.6g} (median)" in words


def test_a_fit_shows_its_last_epoch(fit):
    cells = Whole(fit._repr_html_()).cells
    columns = sum(not np.isnan(values[-1]) for values in fit.history.values())
    for name in ("train_loss", "test_score", "lr"):
        assert cells[cells.index(name.replace("_", " ")) + columns] == f"{fit.history[name][-1]:.5g}"


def test_a_distribution_shows_its_mean():
    d = lab.GeneralizedDirichlet([1.0, 2.0], [3.0, 4.0])
    assert Whole(d._repr_html_()).cells[-4:] == ["3", "", "", f"{d.mean()[2]:.6g}"]
    cells = Whole(lab.Dirichlet(np.arange(1.0, 1000.0))._repr_html_()).cells
    assert cells[:2] == ["components", "999, of which the first 8:"]
    assert cells[-3] == "8"


@pytest.mark.parametrize("family", ls.families().values(), ids=ls.families())
def test_a_familys_docstring_is_its_own(family):
    """Formula, parameters with their defaults, bounds, minima and source, all from what it was declared with."""
    doc, surface = family.__doc__, family()
    assert doc.startswith(family.formula)
    assert family.source in doc
    assert f"[{surface.bounds[0, 0]:g}, {surface.bounds[0, 1]:g}]" in doc
    assert ("not known" if np.isnan(surface.f_min) else f"{surface.f_min:.10g}") in doc
    for name, default in family.defaults.items():
        [line] = [line for line in doc.splitlines() if line.startswith(f"{name} : ")]
        assert np.ndim(default) or f"(default {default:g})" in line
    if len(surface.minima):
        assert markup.point(surface.minima[0]) in doc


def test_help_prints_it_and_the_class_keeps_its_own():
    import pydoc

    text = pydoc.render_doc(ls.rosenbrock, renderer=pydoc.plaintext)
    assert "sum_{i<n} 100 (x_{i+1} - x_i^2)^2" in text
    assert "Rosenbrock 1960" in text
    assert ls.Family.__doc__.startswith("A landscape for any dimension")
    bare = ls.landscape(bounds=(-1, 1))(without_words)
    assert bare.__doc__.startswith("Parameters\n----------\ndim : 1 or more (default 2)\nc : a number (default none)")
    assert "bounds" not in bare.__doc__  # there is none without a value for c


def without_words(x, g, n, c):
    g[0] = c
    for i in range(1, n):
        g[i] = 0.0
    return c * x[0]
