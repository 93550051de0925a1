"""Slow, obvious references in plain NumPy: every update rule from its paper, and the engine's bookkeeping.

Nothing here calls or resembles the compiled code: matrices are dense, sums are NumPy's, one run at a time.

A rule is a generator of iterates: it yields theta and is sent the gradient there, so that its body reads as
the algorithm does on paper.
"""

from __future__ import annotations

import math
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import polygamma

import ngdm_lab as lab
from naive_adams import algorithm2, of_adams_kin  # noqa: F401

# -- Fisher matrices --------------------------------------------------------------------------------------


def trigamma(x):
    return polygamma(1, np.asarray(x, dtype=float))


def fisher_dirichlet(alpha):
    """Eq. 5, dense."""
    return np.diag(trigamma(alpha)) - trigamma(np.sum(alpha))


def fisher_gendir(alpha, beta):
    """Eq. 7, dense: one Beta(alpha_i, beta_i) block a pair."""
    F = np.zeros((2 * len(alpha), 2 * len(alpha)))
    for k, (a, b) in enumerate(zip(alpha, beta, strict=True)):
        F[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = np.diag([trigamma(a), trigamma(b)]) - trigamma(a + b)
    return F


def fisher_diagonal(*parameters):
    """Eqs. 8 and 9: psi' of each parameter, in the order alpha_1, beta_1, alpha_2, ..."""
    return np.diag(trigamma(np.column_stack(parameters).ravel()))


# -- update rules -----------------------------------------------------------------------------------------


def algorithm4(
    theta, gamma, F, mu=0.9, tau=0.0, lam=0.0, line8="current", decay="gradient", first_step="gradient"
):  # fmt: skip
    """Algorithm 4; Algorithm 1 where F is the identity. Readings R3 (line8), R4 (decay) and R5 (first_step)."""
    b = np.zeros_like(theta)
    g = np.zeros_like(theta)  # g_0, the printed line 8's g_{i-1} at i = 1
    for i in count(1):
        gradient = yield theta
        decayed = gradient + lam * theta
        b = mu * b + (1 - tau) * decayed
        if i == 1 and first_step == "gradient":
            b = decayed
        current = decayed if decay == "gradient" else gradient
        if line8 == "current":
            u = current + mu * b
        elif line8 == "previous":
            u = g + mu * b
            g = current
        else:
            u = g = g + mu * b
        theta = theta - gamma * np.linalg.solve(F, u)


def algorithm1(theta, gamma, mu=0.9, tau=0.0, lam=0.0, line8="current"):
    """Algorithm 1: SGDM with Nesterov's modification, with the three readings of line 8."""
    return algorithm4(theta, gamma, np.eye(len(theta)), mu, tau, lam, line8)


def heavy_ball(theta, gamma, mu=0.9, tau=0.0, lam=0.0):
    """Polyak 1964; the first b is the gradient, undampened, as in Algorithm 1."""
    b = None
    while True:
        g = (yield theta) + lam * theta
        b = g if b is None else mu * b + (1 - tau) * g
        theta = theta - gamma * b


def algorithm3(theta, gamma, beta=0.9, eps=1e-4, sigma=0.01, first=0):
    """Algorithm 3 as printed, with B a dense matrix; `first` is the i at which its loop starts (E11)."""
    m = d = np.zeros_like(theta)
    B = np.zeros((len(theta), len(theta)))
    for i in count(first):
        g = yield theta
        m_next = beta * (1 - beta**i) / (1 - beta ** (i + 1)) * m + (1 - beta) / (1 - beta ** (i + 1)) * g
        a = (d @ (m_next - m) + d @ B @ d) / (np.linalg.norm(d, 4) + eps) ** 4
        B = B - a * np.diag(d**2)
        D = np.diag(np.maximum(np.abs(np.diag(B)), sigma))
        m = m_next
        d = np.linalg.solve(D, m)
        theta = theta - gamma * d


def apollo_official(theta, gamma, beta=0.9, eps=1e-4, sigma=0.01, warmup=500):
    """The update of the author's code (Ma 2020, XuezheMax/apollo); its norm has eps / sigma in it."""
    m = d = B = np.zeros_like(theta)
    for t in count(1):
        g = yield theta
        alpha = (1 - beta) / (1 - beta**t)
        dg = g - m
        m = m + alpha * dg
        norm = np.linalg.norm(d, 4) + eps / sigma
        u = d / norm
        v = u**2
        B = B + v * (-alpha * np.sum(dg / norm * u) - np.sum(B * v))
        d = m / np.maximum(np.abs(B), sigma)
        rate = gamma / 1000 + (gamma - gamma / 1000) * (t - 1) / warmup if t <= warmup else gamma
        theta = theta - rate * d


def adagrad(theta, gamma, lr_decay=0.0, lam=0.0, initial=0.0, eps=1e-10):
    """Duchi, Hazan and Singer 2011, with the decay of the rate that PyTorch has."""
    total = np.full_like(theta, initial)
    for t in count(1):
        g = (yield theta) + lam * theta
        total = total + g**2
        theta = theta - gamma / (1 + (t - 1) * lr_decay) * g / (np.sqrt(total) + eps)


def adadelta(theta, gamma=1.0, rho=0.9, eps=1e-6, lam=0.0):
    """Zeiler 2012, Algorithm 1; gamma, which is 1 there, scales the step but not the memory of steps."""
    mean_g2 = mean_dx2 = np.zeros_like(theta)
    while True:
        g = (yield theta) + lam * theta
        mean_g2 = rho * mean_g2 + (1 - rho) * g**2
        dx = -np.sqrt(mean_dx2 + eps) / np.sqrt(mean_g2 + eps) * g
        mean_dx2 = rho * mean_dx2 + (1 - rho) * dx**2
        theta = theta + gamma * dx


def rmsprop(theta, gamma, alpha=0.99, eps=1e-8, lam=0.0, mu=0.0, centered=False):
    """Tieleman and Hinton 2012; centered as in Graves 2013."""
    mean_g2 = mean_g = b = np.zeros_like(theta)
    while True:
        g = (yield theta) + lam * theta
        mean_g2 = alpha * mean_g2 + (1 - alpha) * g**2
        mean_g = alpha * mean_g + (1 - alpha) * g
        spread = np.maximum(mean_g2 - mean_g**2, 0) if centered else mean_g2
        b = mu * b + g / (np.sqrt(spread) + eps)
        theta = theta - gamma * b


def rule_of(opt, theta):
    """The naive rule for one of the lab's optimizers, started at theta."""
    if isinstance(opt, lab.NGDM):
        d = opt.distribution.on(len(theta))
        pairs = [d.alpha] if isinstance(d, lab.Dirichlet) else [d.alpha, d.beta]
        dense = fisher_dirichlet if len(pairs) == 1 else fisher_gendir
        F = fisher_diagonal(*pairs) if opt.form == "diagonal" else dense(*pairs)
        rest = opt.line8, opt.decay, opt.first_step
        return algorithm4(theta, opt.lr, F, opt.momentum, opt.dampening, opt.weight_decay, *rest)
    if isinstance(opt, lab.SGD):
        own = opt.lr, opt.momentum, opt.dampening, opt.weight_decay
        return algorithm1(theta, *own, opt.line8) if opt.nesterov else heavy_ball(theta, *own)
    if isinstance(opt, lab.Apollo):
        if opt.warmup:
            return apollo_official(theta, opt.lr, opt.beta, opt.eps * opt.sigma, opt.sigma, opt.warmup)
        return algorithm3(theta, opt.lr, opt.beta, opt.eps, opt.sigma)
    if isinstance(opt, lab.AdaGrad):
        return adagrad(theta, opt.lr, opt.lr_decay, opt.weight_decay, opt.initial_accumulator_value, opt.eps)
    if isinstance(opt, lab.Adadelta):
        return adadelta(theta, opt.lr, opt.rho, opt.eps, opt.weight_decay)
    if isinstance(opt, lab.RMSProp):
        return rmsprop(theta, opt.lr, opt.alpha, opt.eps, opt.weight_decay, opt.momentum, opt.centered)
    return of_adams_kin(opt, theta)


# -- paths and runs ---------------------------------------------------------------------------------------


def path(rule, gradient, steps):
    """All steps + 1 iterates (steps + 1, n) of a rule; `gradient` is a function of theta."""
    with np.errstate(all="ignore"):
        points = [next(rule)]
        for _ in range(steps):
            points.append(rule.send(np.asarray(gradient(points[-1]))))
    return np.array(points)


def stepped(opt, theta, gradient, steps):
    """The same by the lab's own steps, which are what is under test."""
    x = np.array(theta, dtype=float)
    state, points = opt.init(x), [x.copy()]
    for _ in range(steps):
        opt.step(x, gradient(points[-1]), state)
        points.append(x.copy())
    return np.array(points)


def torch_path(kind, options, theta, gradient, steps):
    """The same by an optimizer of PyTorch; the calling test is skipped where that is missing."""
    torch = pytest.importorskip("torch", reason="PyTorch, of the extra oracles, is not installed")
    p = torch.tensor(np.array(theta), requires_grad=True)
    opt = getattr(torch.optim, kind)([p], **options)
    points, before = [p.detach().numpy().copy()], torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # NAdam's product of mu, a number beside the parameters, has this type
    try:
        for _ in range(steps):
            p.grad = torch.from_numpy(np.array(gradient(points[-1])))
            opt.step()
            points.append(p.detach().numpy().copy())
    finally:
        torch.set_default_dtype(before)
    return np.array(points)


def gap(points, reference):
    """Largest difference in units of the reference's largest coordinate; where one is not finite, both must be."""
    finite = np.isfinite(reference)
    assert np.array_equal(np.isfinite(points), finite)
    return np.abs(points - reference)[finite].max() / np.abs(reference[finite]).max()


def replay(gradients):
    """A gradient function that gives drawn gradients one after the other, wherever it is asked."""
    rows = iter(gradients)
    return lambda x: next(rows)


def record(points, values, surface, steps, target=1e-3, growth=1e12):
    """What the engine keeps of a run: the iterates are `points`, of which it may not need the last ones."""
    low, high = surface.bounds.T
    limit = growth * max(1.0, float(np.abs(points[0]).max()))
    run = SimpleNamespace(f_best=math.inf, hit=-1, status="")
    for t, (x, f) in enumerate(zip(points, values, strict=True)):
        run.x, run.f, run.evaluations = x, f, t + 1
        if not math.isfinite(f) or not np.isfinite(x).all() or np.abs(x).max() > limit:
            run.status = "diverged"
            return run
        inside = bool((low <= x).all() and (x <= high).all())
        if inside:
            run.f_best = min(run.f_best, f)
        near = inside and f <= surface.f_min + target
        if near and run.hit < 0:
            run.hit = t
        if t == steps:
            run.status = "done" if near else "escaped" if not inside and f < surface.f_min else "budget"
    return run


def ensemble(opt, surface, starts, steps, target=1e-3, seed=0, first_run=0):
    """Run by run and step by step: the list of what the engine should keep, each with its `path`."""
    quiet = surface.noisy(0.0)
    runs = []
    for run, start in enumerate(starts, first_run):
        t = count()

        def gradient(x, run=run, t=t):
            step = next(t)
            return quiet.grad(x) + (surface.noise * noise(seed, run, step, len(x)) if surface.noise else 0.0)

        points = path(rule_of(opt, np.array(start, dtype=float)), gradient, steps)
        runs.append(record(points, quiet.value(points), surface, steps, target))
        runs[-1].path = points
    return runs


# -- the generator of noise, in Python's whole numbers ----------------------------------------------------

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z):
    """SplitMix64's finaliser (Steele, Lea and Flood 2014)."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def noise(seed, run, step, n, stream=2):
    """n standard normal numbers for a run's step (Box and Muller 1958)."""

    def uniform(i):
        z = mix((seed * GOLDEN + stream) & MASK)
        for counter in (run, step, i):
            z = mix((z + (counter + 1) * GOLDEN) & MASK)
        return ((z >> 12) + 0.5) * 2.0**-52

    pairs = [(math.sqrt(-2 * math.log(uniform(i))), 2 * math.pi * uniform(i + 1)) for i in range(0, n, 2)]
    return np.array([r * wave(t) for r, t in pairs for wave in (math.cos, math.sin)])[:n]
