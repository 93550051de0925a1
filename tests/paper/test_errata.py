"""Errata E1 to E16: the numbers of `ngdm-lab paper errata` against oracles that share no code with them."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from mpmath import mp, mpf, psi, quad
from scipy.optimize import brentq, rosen_der
from scipy.special import polygamma

import naive
from naive_nets import PrintedNeuron
from ngdm_lab.paper.errata import report

ROOT = Path(__file__).resolve().parents[2]
MADE = {e.id: e for e in report.errata()}


def found(name):
    return MADE[name].found.numbers


def near(x, rel=1e-12):
    return pytest.approx(x, rel=rel, abs=0)


def curved(x):
    return np.array([1.0, 4.0, 9.0]) * x


def test_e1_eq8_number():
    f = found("E1")
    with mp.workdps(40):
        assert f["1/trigamma(12)"] == near(float(1 / psi(1, 12)))
        assert f["1/trigamma(0.5)"] == near(float(2 / mp.pi**2))
    assert f["1/trigamma(12)"] == pytest.approx(11.5072, abs=5e-5)
    alpha = brentq(lambda a: 1 / polygamma(1, a) - 1.428, 1.0, 12.0, xtol=1e-13)
    assert f["alpha with the printed number"] == pytest.approx(alpha, abs=1e-11)
    for k in (2, 10, 1000):
        dense = np.linalg.inv(naive.fisher_dirichlet(np.full(k, 12.0)))
        assert f[f"diagonal of the exact inverse, K = {k}"] == near(dense[0, 0], 1e-9)
    assert "11.5072" in MADE["E1"].found.sentence


def test_e2_dropped_term_is_not_small():
    f = found("E2")
    for alpha, factor in ((1.4, 3.3), (4, 8.4), (8, 16.4), (12, 24.4)):
        ones, across = np.ones(1000), np.tile([1.0, -1.0], 500)
        F = naive.fisher_dirichlet(np.full(1000, alpha))
        along, beside = (np.linalg.solve(F, v)[0] * polygamma(1, alpha) for v in (ones, across))
        assert along == pytest.approx(factor, abs=0.05)
        assert f[f"factor along the ones, alpha = {alpha:g}"] == near(along, 1e-9)
        assert f[f"factor across them, alpha = {alpha:g}"] == near(beside, 1e-9)
    limit = 12 * polygamma(1, 12) / (12 * polygamma(1, 12) - 1)  # n -> infinity
    assert f["factor along the ones, alpha = 12, n = 100000"] == pytest.approx(limit, rel=1e-3)


def test_e3_trigamma_of_the_sum_is_not_zero():
    f = found("E3")
    for a in (3.5, 9.0):
        block = np.linalg.inv(naive.fisher_gendir([a], [a]))
        assert f[f"exact diagonal, alpha = beta = {a:g}"] == near(block[0, 0], 1e-11)
        assert f[f"exact off-diagonal, alpha = beta = {a:g}"] == near(block[0, 1], 1e-11)
        assert f[f"1/trigamma({a:g})"] == near(1 / polygamma(1, a))
        assert 0.46 < f[f"trigamma(alpha + beta) / trigamma(alpha), alpha = beta = {a:g}"] < 0.49
    # the quotient falls with beta and grows with alpha: its ends are at two corners
    assert f["least trigamma(alpha + beta) / trigamma(alpha)"] == near(polygamma(1, 12.5) / polygamma(1, 3.5))
    assert f["largest trigamma(alpha + beta) / trigamma(alpha)"] == near(polygamma(1, 12.5) / polygamma(1, 9))


def test_e4_line_8():
    f = found("E4")
    assert f["first value"] == 7.0
    for reading in ("current", "previous", "accumulated"):
        rule = naive.algorithm1(np.ones(3), f["rate"], f["momentum"], line8=reading)
        end = naive.path(rule, curved, f["steps"])[-1]
        assert f[f"last value, {reading}"] == near(0.5 * end @ curved(end), 1e-9)
    assert f["last value, accumulated"] > 1e6 > 1 > f["last value, current"]
    assert f["way at momentum 0, accumulated"] == 0.0


def test_e5_weight_decay_and_first_step():
    f = found("E5")
    mu, tau, lam = f["momentum"], f["dampening"], f["weight decay"]
    for t in (0.0, tau):
        assert f[f"decay at rest, in g and b, dampening {t:g}"] == near(lam, 1e-9)
        # at rest b = c (grad + lam theta) / mu with c = mu (1 - tau)/(1 - mu), and grad + mu b = 0
        c = mu * (1 - t) / (1 - mu)
        assert f[f"decay at rest, in b alone, dampening {t:g}"] == near(lam * c / (1 + c), 1e-9)
    assert f["first step of the algorithms over that of Eq. 2"] == near((1 + mu) / (1 + mu * (1 - tau)))


def test_e6_sign_of_the_fisher_matrix():
    f = found("E6")
    a, b, step = mpf("1.405"), mpf("1.41"), mpf("0.01")
    with mp.workdps(20):

        def score(x):
            return mp.log(x) - psi(0, a) + psi(0, a + b)

        squared = quad(lambda x: score(x) ** 2 * x ** (a - 1) * (1 - x) ** (b - 1) / mp.beta(a, b), [0, 0.5, 1])
        shifted = mp.log(mp.beta(a + step, b) / mp.beta(a, b)) - step * (psi(0, a) - psi(0, a + b))
    assert f["d^T F d / 2 with F = +E[score score^T]"] == near(float(squared * step**2 / 2), 1e-9)
    assert f["divergence"] == near(float(shifted), 1e-9)
    assert f["divergence"] > 0 > f["d^T F d / 2 with the printed sign"]
    F = naive.fisher_dirichlet([1.405, 1.41])
    assert f["least eigenvalue of E[score score^T]"] == near(np.linalg.eigvalsh(F)[0], 1e-9)
    assert f["largest |E[score score^T] - F of Eq. 5|"] < 1e-11


def test_e7_constant_diagonal_is_sgd():
    f = found("E7")
    start, rate = np.array([-1.2, 1.0]), f["rate"]
    F = naive.fisher_diagonal(np.full(2, 4.0))
    ngdm = naive.path(naive.algorithm4(start, rate, F), rosen_der, f["steps"])
    matched = naive.path(naive.algorithm1(start, rate / polygamma(1, 4.0)), rosen_der, f["steps"])
    same = naive.path(naive.algorithm1(start, rate), rosen_der, f["steps"])
    assert np.abs(ngdm - matched).max() < 1e-11 > f["largest difference from SGD at rate/trigamma(alpha)"]
    assert f["largest difference from SGD at the same rate"] == near(np.abs(ngdm - same).max(), 1e-9)
    gains = 1 / polygamma(1, 1.4 + 0.005 * np.arange(1, 785))
    assert (f["least gain, MLP"], f["largest gain, MLP"]) == (near(gains[0]), near(gains[-1]))
    assert f["mean gain, MLP"] == near(gains.mean())
    assert (round(gains[0], 2), round(gains[-1], 1)) == (0.98, 4.8)


def test_e8_constants_outside_the_ranges():
    """By hand: the printed constants, vectors' lengths from the layers' sizes."""
    f = found("E8")
    rows = {
        # model: Dirichlet's ramp and range, pairs' ramps and range, (neurons or inputs, length) of each weight tensor
        "mlp": ((1.4, 0.005), (1, 4), (3.5, 0.005), (3.9, 0.005), (4.5, 6), [(512, 784), (256, 512), (10, 256)]),
        "lenet5": ((8.8, -0.005), (4, 8), (6.8, 0.005), (5.5, 0.005), (5.5, 9),
                   [(6, 25), (16, 150), (120, 400), (84, 120), (10, 84)]),
        "cifar_cnn": ((7.4, -0.02), (4, 8), (7.4, -0.05), (7.6, -0.01), (5.5, 9),
                      [(27, 32), (288, 32), (288, 64), (576, 64), (576, 128), (1152, 128), (2048, 128), (128, 10)]),
        "lstm_forecaster": ((4.4, -0.005), (4, 8), (4.4, -0.005), (5.4, -0.005), (5.5, 9),
                            [(512, 1), (512, 128), (1, 128)]),
        "gru_forecaster": ((4.4, -0.005), (4, 8), (4.4, -0.005), (5.4, -0.005), (5.5, 9),
                           [(384, 1), (384, 128), (1, 128)]),
    }  # fmt: skip

    def outside(ramp, span, i):
        return not span[0] <= round(ramp[0] + ramp[1] * i, 6) <= span[1]

    for model, (alone, span, alpha, beta, pair_span, tensors) in rows.items():
        for kind in ("dirichlet", "gendir"):
            each = []
            for _, length in tensors:
                if kind == "dirichlet":
                    each.append([outside(alone, span, i) for i in range(1, length + 1)])
                else:
                    ramps = [alpha if k % 2 == 0 else beta for k in range(length)]
                    each.append([outside(r, pair_span, k // 2 + 1) for k, r in enumerate(ramps)])
            total = sum(n * sum(m) for (n, _), m in zip(tensors, each, strict=True))
            assert f[f"{model}, {kind}: weights outside"] == total
            assert f[f"{model}, {kind}: weights"] == sum(n * length for n, length in tensors)
            assert f[f"{model}, {kind}: weight tensors wholly outside"] == sum(all(m) for m in each)
    assert (f["mlp, dirichlet: i outside, longest vector"], f["mlp, dirichlet: i in the longest vector"]) == (264, 784)
    for model in ("lstm_forecaster", "gru_forecaster"):
        assert f[f"{model}, gendir: i outside, longest vector"] == 64 == f[f"{model}, gendir: i in the longest vector"]
        assert f[f"{model}, dirichlet: i outside, longest vector"] == 128 - 80
    assert {m for m in rows if f[f"{m}: rate outside"]} == {"lstm_forecaster", "gru_forecaster"}


def test_e9_losses_of_table_2():
    f = found("E9")
    assert f["loss of guessing, ln 10"] == near(math.log(10))
    table = {"SGDM": (98.91, 10.421), "Adam": (98.99, 7.0309), "Apollo": (99.0, 7.6442), "NGDM(Dir)": (99.12, 5.3276),
             "NGDM(GenDir)": (99.11, 5.3703)}  # fmt: skip
    rng = np.random.default_rng(0)
    for name, (accuracy, loss) in table.items():
        least = f[f"{name}: mean loss of wrong answers at least"]
        # 10,000 answers that cost as little as the bound allows have the printed mean
        right = round(accuracy * 100)
        assert (right * math.log(10) + (10_000 - right) * least) / 10_000 == near(loss, 1e-10)
        alone = f[f"{name}: mean loss of wrong answers if right ones cost 0"]
        assert alone * (10_000 - right) == near(loss * 10_000, 1e-9)
        assert f[f"{name}: mean loss if summed over batches of 128"] == near(loss / 128)
        assert f[f"{name}: mean loss if in percent"] == near(loss / 100)
    # no right answer costs more than ln 10, whatever the outputs
    z = rng.normal(size=(2000, 10)) * rng.exponential(2.0, size=(2000, 1))
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    assert 2.0 < (-np.log(p.max(axis=1))).max() <= math.log(10)


def test_e10_ramps_reach_zero():
    f = found("E10")
    assert f["first i with alpha_i <= 0, dirichlet"] == Fraction("7.4") / Fraction("0.02")
    assert f["first i with alpha_i <= 0, gendir"] == Fraction("7.4") / Fraction("0.05")
    assert f["weights of a neuron of the convolution"] == 576
    # inputs of the CIFAR net's neurons: 3 x 3 kernels on 3, 32, 32, 64, 64, 128 channels, 4 x 4 maps of 128, 128
    lengths = [27, 288, 288, 576, 576, 1152, 2048, 128]
    assert f["weight tensors of the CIFAR net"] == len(lengths)
    assert f["weight tensors without F, dirichlet"] == sum(n >= 370 for n in lengths)
    assert f["weight tensors without F, gendir"] == sum((n + 1) // 2 >= 148 for n in lengths)


def test_e11_loop_of_apollo():
    f = found("E11")
    for name, start, gradient in (("quadratic", np.ones(3), curved), ("Rosenbrock", np.array([-1.2, 1.0]), rosen_der)):
        zero, one = (naive.path(naive.algorithm3(start, f["rate"], first=k), gradient, f["steps"]) for k in (0, 1))
        assert f[f"from 0 against the lab's Apollo, {name}"] < 1e-12
        assert f[f"largest, from 1 against from 0, {name}"] == near(np.abs(one - zero).max(), 1e-8)
        assert f[f"last, from 1 against from 0, {name}"] == near(np.abs(one - zero)[-1].max(), 1e-8)
    assert f["largest, from 1 against from 0, Rosenbrock"] == pytest.approx(0.102, abs=0.001)


def test_e12_one_weight_has_no_metric():
    f = found("E12")
    assert f["F for one coordinate"] == 0.0 == naive.fisher_dirichlet([4.0])[0, 0]
    assert f["1/trigamma(alpha)"] == near(1 / polygamma(1, 4))
    assert f["exact inverse exists"] == 0
    assert f["neurons with one weight, lstm_forecaster"] == 4 * 128  # gates
    assert f["neurons with one weight, gru_forecaster"] == 3 * 128


def test_e13_sign_of_algorithm_5():
    """Against the literal transcription of Algorithm 5's lines; with E's own slope instead, E falls."""
    f = found("E13")
    F = naive.fisher_diagonal(1.4 + 0.005 * np.array([1, 2]))
    x, d = np.array([1.0, 2.0]), 3.0
    for reading in ("current", "accumulated"):
        neuron = PrintedNeuron([0.5, -0.25], F, f["rate"], f["momentum"], phi=None, line18=reading)
        errors = [neuron.error(x, d)]
        for _ in range(f["steps"]):
            neuron.step(x, d)
            errors.append(neuron.error(x, d))
        assert f["first E"] == errors[0] == 4.5
        assert f[f"last E, printed, {reading}"] == near(errors[-1], 1e-10)
        assert f[f"steps with a larger E, printed, {reading}"] == f["steps"] == np.sum(np.diff(errors) > 0)
    rule = naive.algorithm4(np.array([0.5, -0.25]), f["rate"], F, f["momentum"])
    end = naive.path(rule, lambda w: -(d - w @ x) * x, f["steps"])[-1]
    assert f["last E, corrected, current"] == near(0.5 * (d - end @ x) ** 2, 1e-8)
    assert f["last E, corrected, current"] < 4.5 < f["last E, printed, current"]


def test_e14_order_of_algorithm_5():
    """By names alone: which y and delta each line reads, in the printed order and in the other."""
    f = found("E14")
    L = f["layers"]

    def first_missing(statements, known):
        for reads, makes in statements:
            for name in reads:
                if name not in known:
                    return name
            known.add(makes)
        return None

    forward = [({("y", k)}, ("y", k + 1)) for k in range(1, L + 1)]
    assert first_missing(forward, {("y", 0)}) == ("y", f["y missing in line 3"])
    known = {("y", k) for k in range(L + 1)}
    backward = [({("delta", k + 1), ("y", k - 1)} if k < L else {("y", k - 1)}, ("delta", k)) for k in range(L + 1)]
    missing = {first_missing([(reads - {("y", -1)}, makes) for reads, makes in backward], set(known))}
    assert missing == {("delta", f["delta missing in line 10"])}
    assert first_missing(reversed(backward[1:]), set(known)) is None
    assert (f["deltas made in the printed order"], f["deltas made in the reversed order"]) == (0, L)
    assert f["largest |delta y + dE/dw|, reversed"] < 1e-9


def test_e15_nothing_recurs():
    """By hand, with w = 0.5, u = 0.9 and all inputs 1, zero before the first."""
    f = found("E15")
    w, u, n = f["w"], f["u"], f["steps"]

    def output(x, reading):
        h = before = 0.0
        for value in x:
            h, before = np.tanh(w * value + u * (h if reading == "state" else before)), value
        return h

    for reading, seen in (("state", n), ("printed", 2)):
        assert f[f"inputs seen, {reading}"] == seen
        for k in range(n):
            step = 1e-6 * np.eye(1, n, n - 1 - k)[0]
            slope = (output(np.ones(n) + step, reading) - output(np.ones(n) - step, reading)) / 2e-6
            assert f[f"dh(n)/dx(n - {k}), {reading}"] == pytest.approx(slope, rel=1e-5, abs=1e-12)
    assert all(f[f"dh(n)/dx(n - {k}), printed"] == 0.0 for k in range(2, n))


def test_e16_figure_of_the_sinusoid():
    assert dict(found("E16")) == {"figure cited for the sinusoid": 2, "figure that shows it": 4}
    assert "(рис. 2)" in MADE["E16"].quote


# -- the list and its outputs ------------------------------------------------------------------------------
