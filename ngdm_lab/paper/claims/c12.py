"""Claim C12: the energy test and the triangle test accept the fitted distribution."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ngdm_lab.claims import Claim, Effect, Interval, Verdict
from ngdm_lab.claims.claim import Level
from ngdm_lab.claims.verdict import Kind
from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.net_race.training import data_of
from ngdm_lab.experiments.statistics.compare import holm, wilson
from ngdm_lab.experiments.statistics.power import logistic_normal, mixture, power
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, RadialMap, StickBreaking, energy_test, triangle_test
from ngdm_lab.nets.models import mlp
from ngdm_lab.nets.training.fit import fit
from ngdm_lab.optimizers import SGD
from ngdm_lab.plots.drawing.style import COLUMN, INK, style

from .parts import listed
from .svg import save_svg

__all__ = ["CLAIM", "CLOUDS", "ENOUGH", "KINDS", "SIGNIFICANT", "SOURCES", "cloud", "power_of", "show_clouds", "tested"]

Array = NDArray[np.float64]

SEED, SIGNIFICANT, ENOUGH, POINTS, WIDE = 2023, 0.05, 0.8, 150, 9
KINDS = {"Dirichlet": Dirichlet, "GenDir": GeneralizedDirichlet}
CLOUDS = (
    *(f"{what}, n = {n}" for n in (2, WIDE) for what in ("uniform, radial", "normal, radial", "normal, sticks")),
    f"trained, radial, n = {WIDE}",
    f"trained, sticks, n = {WIDE}",
)
# what Holm's correction asks of the smallest p; replicates and trials must be more than its inverse
STRICT = SIGNIFICANT / (2 * len(CLOUDS))
# the alternatives: laws of as many components as the clouds of n = 2
SOURCES: dict[str, Callable[[], Any]] = {
    "logistic normal": lambda: logistic_normal([0.0, 0.0], np.eye(2)),
    "mixture of Dirichlets": lambda: mixture(Dirichlet([8.0, 4.0, 4.0]), Dirichlet([4.0, 4.0, 8.0])),
    "Dir(2, 4, 6)": lambda: Dirichlet([2.0, 4.0, 6.0]),
}
_HUES, _MARKS = {"Dirichlet": "#E8601C", "GenDir": "#882E72"}, {"energy": "o", "triangle": "x"}
OWN = "Dir(2, 4, 6)"  # of both kinds, so that what is rejected of it is the tests' level


def cloud(name: str) -> Array:
    """(150, n + 1) points of the simplex: weight vectors of a layer, mapped as section 2.2 has it.

    Uniform in the unit ball; normal as He et al. (2015) start weights; or trained: those of the 150 neurons with 9
    inputs in an MLP after 20 epochs on the digits. "radial" is the ball's map, "sticks" that by stick breaking.
    """
    what, how, n = name.split(", ")
    size, stream = int(n.removeprefix("n = ")), np.random.default_rng(SEED)
    if what == "trained":
        net = mlp(sizes=(size, POINTS), inputs=64, batch_norm=False, dropout=0.0)
        fit(net, data_of({"name": "digits", "options": {}}), SGD(0.05), 20, 64, progress=False)
        weights = np.asarray(net.parameters["dense2.weight"], dtype=np.float64).T.copy()
    else:
        weights = stream.normal(size=(POINTS, size)) * np.sqrt(2 / size)
        if what == "uniform":
            weights *= stream.random((POINTS, 1)) ** (1 / size) / np.linalg.norm(weights, axis=1, keepdims=True)
    if how == "sticks":
        return np.asarray(StickBreaking(size).forward(weights))
    far = 1.0 if what == "uniform" else 1.001 * float(np.linalg.norm(weights, axis=1).max())
    return np.asarray(RadialMap(size, far).forward(weights))


def tested(name: str, kind: str, replicates: int) -> dict[str, float]:
    """A job: the p-values of both tests for a cloud and the kind fitted to it."""
    points, law = cloud(name), KINDS[kind]
    return {r.test: float(r.pvalue) for test in (energy_test, triangle_test)
            for r in [test(points, law, replicates=replicates, seed=SEED)]}  # fmt: skip


def power_of(source: str, kind: str, trials: int) -> dict[str, Any]:
    """A job: how many of `trials` samples of a source each test rejects at the level STRICT, the kind fitted."""
    found = power(SOURCES[source](), KINDS[kind], points=POINTS, trials=trials, level=STRICT, seed=SEED)
    return {"trials": trials, **{test: round(p.rejected * trials) for test, p in found.items()}}


def _plan() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(cloud, kind) of the tests and (source, kind) of the powers, in the jobs' order."""
    return [(c, k) for k in KINDS for c in CLOUDS], [(s, k) for k in KINDS for s in SOURCES]


def jobs(level: Level) -> list[Job]:
    """All tests, then all powers."""
    replicates, trials = (999, 600) if level == "quick" else (4999, 2000)
    tests, powers = _plan()
    made = [Job(f"{__name__}:tested", {"name": c, "kind": k, "replicates": replicates}) for c, k in tests]
    return made + [Job(f"{__name__}:power_of", {"source": s, "kind": k, "trials": trials}) for s, k in powers]


def read(results: list[Any]) -> tuple[dict[tuple[str, str], dict[str, float]], dict[tuple[str, str], dict[str, Any]]]:
    """(cloud, kind) -> p-values by Holm within the kind; (source, kind) -> rejections."""
    tests, powers = _plan()
    raw = dict(zip(tests, results[: len(tests)], strict=True))
    corrected: dict[tuple[str, str], dict[str, float]] = {}
    for kind in KINDS:
        own = [pair for pair in tests if pair[1] == kind]
        p = iter(holm(np.array([raw[pair][test] for pair in own for test in ("energy", "triangle")])).tolist())
        corrected |= {pair: {"energy": next(p), "triangle": next(p)} for pair in own}
    return corrected, dict(zip(powers, results[len(tests) :], strict=True))


def _better(rejections: dict[str, Any]) -> tuple[float, float]:
    """Lower end of Wilson's interval and share of rejections, of the test that rejects more."""
    count, trials = max(rejections["energy"], rejections["triangle"]), rejections["trials"]
    return wilson(count, trials)[0], count / trials


def judge(results: list[Any], level: Level) -> Verdict:
    """By acceptance of clouds, which counts where the tests find alternatives, and keep their level."""
    clouds, powers = read(results)
    accepted = {k: [c for c in CLOUDS if min(clouds[c, k].values()) > SIGNIFICANT] for k in KINDS}
    share = {pair: _better(told) for pair, told in powers.items()}
    weak = [f"{s} as {k}" for (s, k), (low, _) in share.items() if s != OWN and low < ENOUGH]
    loose = [k for k in KINDS if share[OWN, k][0] > 2 * STRICT]
    least = min(found for (s, _), (_, found) in share.items() if s != OWN)
    told = "; ".join(
        f"{k}: both tests accept {len(accepted[k])} of {len(CLOUDS)} clouds of {POINTS} weight vectors"
        + (f" (not {listed([c for c in CLOUDS if c not in accepted[k]])})" if len(accepted[k]) < len(CLOUDS) else "")
        for k in KINDS
    )  # fmt: skip
    sentence = (f"{told}. The better test finds the alternatives in {100 * least:.0f} % of samples or more"
                + (f", too seldom: {listed(weak)}" if weak else "") + ".")  # fmt: skip
    kind: Kind = "cannot be decided here"
    condition = ""
    whole = [k for k in KINDS if len(accepted[k]) == len(CLOUDS)]
    if loose:
        sentence += f" The tests reject what is {listed(loose)} too often, so nothing is said."
    elif not any(accepted.values()):
        kind = "does not hold"
    elif not whole:
        kind = "holds only under"
        condition = "; ".join(f"{k} fitted to {listed(names)}" for k, names in accepted.items() if names)
    elif not weak:
        kind = "holds" if len(whole) == len(KINDS) else "holds only under"
        condition = "" if kind == "holds" else f"{whole[0]}, fitted"
    count = sum(map(len, accepted.values()))
    total = len(CLOUDS) * len(KINDS)
    low, high = wilson(count, total)
    return Verdict(
        kind, sentence, condition, Effect(100 * count / total, "%", "fits of a kind to a cloud that both tests accept"),
        Interval(100 * low, 100 * high, 0.95),
        {f"p, {c}, {k}, {test}": p for (c, k), both in clouds.items() for test, p in both.items()},
        {"power": {f"{s} as {k}": [found, low] for (s, k), (low, found) in share.items()}},
        ("weight vectors", "digits"), powers[OWN, "Dirichlet"]["trials"],
        f"{POINTS} points a sample, parameters fitted",
    )  # fmt: skip


def figure(results: list[Any], path: Path) -> None:
    """Above: p-values of the clouds. Below: how often the alternatives are rejected."""
    clouds, powers = read(results)
    with style():
        figure = Figure(figsize=(COLUMN, 3.3))
        a, b = figure.subplots(2, 1, height_ratios=[len(CLOUDS), len(SOURCES)])
        show_clouds(a, clouds, "p, by Holm (left of the line: rejected)")
        shares = {pair: {t: told[t] / told["trials"] for t in _MARKS} for pair, told in powers.items()}
        _show(b, tuple(SOURCES), shares, ENOUGH)
        b.set(xlim=(-0.03, 1.03), xlabel=f"share rejected at p = {STRICT:.4f}")
        figure.legend(*a.get_legend_handles_labels(), loc="outside lower left", ncols=2)
        save_svg(figure, path)


def show_clouds(ax: Axes, p: dict[tuple[str, str], dict[str, float]], words: str) -> None:
    """Draw p-values, (cloud, kind) -> test -> p, cloud by cloud; `words` stand at the axis. Marks have labels."""
    _show(ax, CLOUDS, p, SIGNIFICANT)
    ax.set(xscale="log", xlim=(min(0.01, 0.7 * min(v for both in p.values() for v in both.values())), 1.3))
    ax.set_xlabel(words)


def _show(ax: Axes, rows: tuple[str, ...], values: dict[tuple[str, str], dict[str, float]], limit: float) -> None:
    """A row for each name, with a mark for each kind and test, and a line at the limit."""
    for shift, (kind, hue) in zip((-0.17, 0.17), _HUES.items(), strict=True):
        for test, mark in _MARKS.items():
            ax.plot([values[name, kind][test] for name in rows], np.arange(len(rows)) + shift, mark, color=hue,
                    markersize=4, markerfacecolor="none", label=f"{kind}, {test}")  # fmt: skip
    ax.axvline(limit, color=INK, linewidth=0.8, linestyle=":")
    ax.set(yticks=range(len(rows)), yticklabels=rows, ylim=(len(rows) - 0.5, -0.5))


CLAIM = Claim(
    id="C12",
    words="Then the values of the parameters are fitted: α of the Dirichlet distribution, α and β of the generalised "
    "one. The conditions of two tests of goodness of fit are met: the energy test and the triangle test.",
    place="section 2.2",
    hypothesis="Both tests accept the distribution fitted to weight vectors mapped to the simplex, as the layers of a "
    "net start and as they are trained, at sizes at which the tests find what is no such distribution.",
    rule="Clouds of 150 weight vectors (uniform in the ball, normal as nets start, trained; n = 2 and 9; the radial "
    "map and stick breaking); parameters fitted; p-values by parametric bootstrap, Holm over all clouds and both tests "
    "of a kind; accepted is a cloud with both p > 0.05. Holds if both kinds are accepted on all clouds, only under one "
    "kind if that one is, and only under the clouds accepted if there are some and others not. Does not hold if no "
    "cloud is accepted under either kind. Acceptance of all clouds counts only if the better test rejects each "
    "alternative (logistic normal, mixture of Dirichlets) in 80 % of samples of that size or more (lower end of "
    "Wilson's interval) at the least level of Holm's correction, 0.05/16; else, and where it rejects Dirichlet samples "
    "more than twice as often as that level says, it cannot be decided here.",
    judge=judge,
    command="ngdm-lab paper claims --only C12",
    jobs=jobs,
    figure=figure,
)
