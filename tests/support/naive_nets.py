"""Algorithm 5 in plain NumPy, corrected and to the letter: neuron by neuron, dense Fisher matrices.

Corrected means: the layers backward from the last (E14), and minus the gradient (E13), one sample after another.
"""

from __future__ import annotations

import numpy as np

import ngdm_lab as lab
from naive import fisher_diagonal, fisher_dirichlet, fisher_gendir

PHI = {
    "tanh": (np.tanh, lambda v: 1 - np.tanh(v) ** 2),
    "sigmoid": (lambda v: 1 / (1 + np.exp(-v)), lambda v: np.exp(-v) / (1 + np.exp(-v)) ** 2),
    None: (lambda v: v, np.ones_like),
}


def fisher(distribution, m, form):
    """F for a vector of m weights: Eq. 5 or 7, or their diagonal form; pairs of an odd vector get a partner (R7)."""
    pairs = isinstance(distribution, lab.GeneralizedDirichlet)
    n = m + m % 2 if pairs else m
    i = np.arange(1, n // 2 + 1 if pairs else n + 1)

    def values(p):
        return p.start + p.slope * i if isinstance(p, lab.ramp) else np.full(len(i), p)

    parameters = [values(distribution.alpha)] + ([values(distribution.beta)] if pairs else [])
    if form == "diagonal" or m == 1:  # E12
        return fisher_diagonal(*parameters)
    return fisher_gendir(*parameters) if pairs else fisher_dirichlet(*parameters)


class Vector:
    """One w_k with its b: lines 13 to 19 for one neuron."""

    def __init__(self, w, opt):
        self.w, self.b, self.opt = np.array(w, dtype=float), None, opt
        self.F = fisher(opt.distribution, len(self.w), opt.form)

    def step(self, gradient):
        eta, mu, tau, lam = self.opt.lr, self.opt.momentum, self.opt.dampening, self.opt.weight_decay
        decayed = gradient + lam * self.w
        self.b = decayed if self.b is None else mu * self.b + (1 - tau) * decayed
        g = decayed + mu * self.b
        partner = np.zeros(len(self.F) - len(g))
        self.w = self.w - eta * np.linalg.solve(self.F, np.concatenate([g, partner]))[: len(g)]


class CorrectedAlgorithm5:
    """Algorithm 5 with errata E13 and E14 corrected, for a perceptron of several layers.

    ``layers`` holds (weights (m, K), biases (K,), activation).

    Each neuron's weights are a vector of their own; so are the biases of a layer (R6). The error is the mean over
    samples and outputs of (y - d)^2, whose derivative by y takes the place of the printed e = d - y; that has the other
    sign (E13).
    """

    def __init__(self, layers, opt):
        self.neurons = [[Vector(w, opt) for w in np.asarray(W).T] for W, _, _ in layers]
        self.biases = [Vector(c, opt) for _, c, _ in layers]
        self.phi = [PHI[name] for *_, name in layers]

    def parameters(self):
        """[(weights (m, K), biases (K,))] as they are now."""
        columns = [np.stack([v.w for v in layer], axis=1) for layer in self.neurons]
        return [(W, c.w) for W, c in zip(columns, self.biases, strict=True)]

    def step(self, x, d):
        """One step on a batch."""
        now = self.parameters()
        by_weight = [np.zeros_like(W) for W, _ in now]
        by_bias = [np.zeros_like(c) for _, c in now]
        for sample, target in zip(x, d, strict=True):
            y, v = [sample], []
            for (W, c), (phi, _) in zip(now, self.phi, strict=True):  # forward
                v.append(W.T @ y[-1] + c)
                y.append(phi(v[-1]))
            e = 2 * (y[-1] - target) / target.size / len(x)
            delta = e * self.phi[-1][1](v[-1])
            for k in range(len(now) - 1, -1, -1):  # backward
                by_weight[k] += np.outer(y[k], delta)
                by_bias[k] += delta
                if k:
                    delta = (now[k][0] @ delta) * self.phi[k - 1][1](v[k - 1])
        for k, layer in enumerate(self.neurons):
            for neuron, gradient in zip(layer, by_weight[k].T, strict=True):
                neuron.step(gradient)
            self.biases[k].step(by_bias[k])


class PrintedNeuron:
    """Lines 3, 5, 8 and 12 to 19 of Algorithm 5 to the letter, for one neuron y = phi(w . x) and E = (d - y)^2 / 2.

    Line 18 prints g(n) + mu b(n + 1) with g(n) never made (E4): "current" has delta y there, "accumulated" the g of
    the step before, 0 at first.
    """

    def __init__(self, w, F, eta, mu, tau=0.0, lam=0.0, phi="tanh", line18="current"):
        self.w, self.F, self.eta, self.mu, self.tau, self.lam = np.array(w, dtype=float), F, eta, mu, tau, lam
        self.phi, self.line18 = PHI[phi], line18
        self.b, self.g = None, np.zeros_like(self.w)

    def error(self, x, d):
        return 0.5 * (d - self.phi[0](self.w @ x)) ** 2

    def step(self, x, d):
        v = self.w @ x
        y = self.phi[0](v)  # line 3
        e = d - y  # line 5
        delta = e * self.phi[1](v)  # line 8: dE/de dy/dv, E = e^2 / 2
        decayed = delta * x + self.lam * self.w
        self.b = decayed if self.b is None else self.mu * self.b + (1 - self.tau) * decayed  # lines 13 to 17
        self.g = (decayed if self.line18 == "current" else self.g) + self.mu * self.b  # line 18
        self.w = self.w - self.eta * np.linalg.inv(self.F) @ self.g  # line 19
