"""Tiny nets as landscapes: the loss against mpmath and PyTorch, the known minimum, replicas in lanes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

import landscapes as ls
import ngdm_lab as lab
from family_battery import EPS, check_exact, mp, mpf
from landscapes import blocks
from landscapes.spirals import two_spirals

NAMES = ["tiny_spirals", "tiny_autoencoder"]
POINTS = np.array([[0.5, -0.25, 1.0], [-0.75, 0.125, -1.0], [0.1, 0.9, -1.0]])
PATTERNS = np.random.default_rng(3).uniform(size=(4, 8))
PENALTY = mpf(1) / 128


def spirals(x: list[Any]) -> Any:
    """2-8-1 over POINTS, written layer by layer."""
    w, b, v, c = [x[:8], x[8:16]], x[16:24], x[24:32], x[32]
    total = mpf(0)
    for row in POINTS:
        p = [mpf(float(t)) for t in row]
        hidden = [mp.tanh(w[0][j] * p[0] + w[1][j] * p[1] + b[j]) for j in range(8)]
        total += mp.log(1 + mp.exp(-p[2] * (sum(s * h for s, h in zip(v, hidden, strict=True)) + c)))
    return total / 3 + PENALTY / 2 * sum(t * t for t in x)


def autoencoder(x: list[Any]) -> Any:
    """8-3-8 over PATTERNS."""
    total = mpf(0)
    for row in PATTERNS:
        p = [mpf(float(t)) for t in row]
        code = [mp.tanh(sum(p[i] * x[3 * i + j] for i in range(8)) + x[24 + j]) for j in range(3)]
        total += sum((sum(code[j] * x[27 + 8 * j + k] for j in range(3)) + x[51 + k] - p[k]) ** 2 for k in range(8))
    return total / 32 + PENALTY / 2 * sum(t * t for t in x)


@pytest.mark.parametrize(("name", "formula", "rows"), [
    ("tiny_spirals", spirals, POINTS), ("tiny_autoencoder", autoencoder, PATTERNS),
])  # fmt: skip
@pytest.mark.parametrize("size", [0.3, 3.0])
def test_value_and_gradient(name: str, formula: Any, rows: np.ndarray, size: float) -> None:
    surface = ls.get(name, rows=rows, penalty=float(PENALTY))
    check_exact(surface, formula, np.random.default_rng(1).uniform(-size, size, surface.dim))


@pytest.mark.parametrize("name", NAMES)
def test_against_torch(name: str) -> None:
    """On the data that they come with."""
    torch = pytest.importorskip("torch", reason="PyTorch, of the extra oracles, is not installed")
    surface = ls.get(name)
    points = surface.minima if len(surface.minima) else np.empty((0, surface.dim))
    points = np.concatenate([points, np.random.default_rng(2).uniform(-4, 4, (5, surface.dim))])
    for at in points:
        x = torch.tensor(at, requires_grad=True)
        if name == "tiny_spirals":
            inputs, labels = two_spirals(32, turns=1.0)
            hidden = torch.tanh(torch.tensor(inputs) @ x[:16].reshape(2, 8) + x[16:24])
            z = hidden @ x[24:32] + x[32]
            wanted = torch.tensor(1.0 - labels)  # the first spiral is the positive class
            f = torch.nn.functional.binary_cross_entropy_with_logits(z, wanted) + 0.5e-4 * (x * x).sum()
        else:
            eye = torch.eye(8, dtype=torch.float64)
            code = torch.tanh(eye @ x[:24].reshape(8, 3) + x[24:27])
            f = torch.nn.functional.mse_loss(code @ x[27:51].reshape(3, 8) + x[51:], eye)
        f.backward()
        value, slope = surface.value_and_grad(at)
        assert value == pytest.approx(f.item(), rel=1e-13)
        np.testing.assert_allclose(slope, x.grad.numpy(), rtol=1e-11, atol=1e-15)


def test_the_encoder_reaches_what_no_flat_can_beat() -> None:
    """By Eckart and Young: the best flat of three dimensions leaves the smallest four of the principal parts."""
    surface = ls.tiny_autoencoder()
    centred = np.eye(8) - 1 / 8
    left = np.sort(np.linalg.svd(centred, compute_uv=False) ** 2)[:5].sum()  # one of the eight is 0
    assert surface.f_min == pytest.approx(left / 64, rel=1e-14)
    assert len(surface.minima) == 2
    assert np.abs(surface(surface.minima) - 0.0625).max() <= 8 * EPS
    runs = lab.ensemble(lab.Adam(0.03), surface, 64, 3000, target=1e-4)
    assert runs.arrived.mean() > 0.1
    assert runs.f.min() >= 0.0625
    assert np.isnan(ls.tiny_autoencoder(penalty=0.01).f_min)
    assert len(ls.tiny_autoencoder(rows=PATTERNS).minima) == 0


def test_the_lowest_value_known_on_the_spirals() -> None:
    """The number in the docstring, found again; nothing below it."""
    surface = ls.tiny_spirals()
    assert "0.03893193" in surface.formula
    assert np.isnan(surface.f_min)
    assert len(surface.minima) == 0
    runs = lab.ensemble(lab.Adam(0.03), surface, np.random.default_rng(0).uniform(-1, 1, (128, 33)), 2000)
    ends = [
        minimize(surface.value_and_grad, x, jac=True, method="BFGS", options={"gtol": 1e-8}).fun
        for x in runs.x[np.argsort(runs.f)[:12]]
    ]
    assert min(ends) == pytest.approx(0.03893193, abs=1e-8)
    assert max(ends) > 0.039  # and others are minima too


def test_the_trained_net_tells_the_spirals_apart() -> None:
    runs = lab.ensemble(lab.Adam(0.03), ls.tiny_spirals(), np.random.default_rng(1).uniform(-1, 1, (64, 33)), 2000)
    inputs, labels = two_spirals(32, turns=1.0)
    hidden = np.tanh(inputs @ runs.x[:, :16].reshape(-1, 2, 8) + runs.x[:, None, 16:24])
    z = np.einsum("kmj,kj->km", hidden, runs.x[:, 24:32]) + runs.x[:, 32:]
    assert ((z > 0) == (labels == 0)).mean() > 0.98


@pytest.mark.parametrize("name", NAMES)
def test_replicas_are_vector_code(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In lanes, not lane by lane; turned as any surface; and equal to the run-by-run engine's."""
    surface = ls.get(name)
    assert blocks.landscape(surface).slow == ""
    for s in (surface, surface.rotated(1), surface.flipped(2), surface.shifted(0.5)):
        fast = lab.ensemble(lab.SGD(0.05), s, 70, 20)
        monkeypatch.setenv("NGDM_LAB_ENGINE", "runs")
        slow = lab.ensemble(lab.SGD(0.05), s, 70, 20)
        monkeypatch.delenv("NGDM_LAB_ENGINE")
        assert (fast.f < fast.quantiles[0].max()).any()
        np.testing.assert_allclose(fast.f, slow.f, rtol=1e-9)


def test_far_out() -> None:
    """Units are saturated and exponentials end; value and gradient are right and finite."""
    x = np.full(33, 1e5)
    f, g = ls.tiny_spirals(penalty=0.0).value_and_grad(x)
    inputs, labels = two_spirals(32, turns=1.0)
    z = 8e5 * np.tanh(1e5 * inputs.sum(axis=1) + 1e5) + 1e5
    assert f == pytest.approx(np.maximum(-np.where(labels == 0, z, -z), 0).mean(), rel=1e-12)
    assert np.isfinite(g).all()
    f, g = ls.tiny_autoencoder().value_and_grad(np.full(59, 1e5))
    assert f == pytest.approx((8 * (4e5 - 1) ** 2 + 56 * 4e5**2) / 64, rel=1e-12)
    assert np.isfinite(g).all()


@pytest.mark.parametrize(("name", "columns"), [("tiny_spirals", 3), ("tiny_autoencoder", 8)])
def test_data_of_your_own(name: str, columns: int) -> None:
    rows = np.random.default_rng(0).normal(size=(5, columns))
    surface = ls.get(name, rows=rows)
    x = np.full(surface.dim, 0.1)
    assert ls.get(name, rows=rows.ravel())(x) == surface(x)
    assert ls.from_spec(surface.spec())(x) == surface(x)
    for bad in (np.ones((2, columns + 1)), np.ones(columns + 1)):
        with pytest.raises(ValueError, match=f"rows must hold rows of {columns} numbers, got shape"):
            ls.get(name, rows=bad)
    with pytest.raises(ValueError, match="penalty must be a finite number at least 0"):
        ls.get(name, penalty=-1.0)
