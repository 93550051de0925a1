"""Adam and its kin in plain NumPy, from their papers; generators as in `naive`."""

from __future__ import annotations

from itertools import count

import numpy as np

import ngdm_lab as lab


def algorithm2(theta, gamma, beta1=0.9, beta2=0.999, eps=1e-8, lam=0.0):
    """Algorithm 2: Adam (Kingma and Ba 2015)."""
    m = v = np.zeros_like(theta)
    for i in count(1):
        g = (yield theta) + lam * theta
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**i)
        v_hat = v / (1 - beta2**i)
        theta = theta - gamma * m_hat / (np.sqrt(v_hat) + eps)


def adamw(theta, gamma=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, lam=1e-2):
    """Loshchilov and Hutter 2019, Algorithm 2, with lambda times the rate as in PyTorch."""
    m = v = np.zeros_like(theta)
    for i in count(1):
        g = yield theta
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**i)
        v_hat = v / (1 - beta2**i)
        theta = (1 - gamma * lam) * theta - gamma * m_hat / (np.sqrt(v_hat) + eps)


def amsgrad(theta, gamma=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, lam=0.0):
    """Reddi, Kale and Kumar 2018, Algorithm 2, with Adam's corrections as in PyTorch."""
    m = v = largest = np.zeros_like(theta)
    for i in count(1):
        g = (yield theta) + lam * theta
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        largest = np.maximum(largest, v)
        theta = theta - gamma * m / (1 - beta1**i) / (np.sqrt(largest / (1 - beta2**i)) + eps)


def nadam(theta, gamma=2e-3, beta1=0.9, beta2=0.999, eps=1e-8, lam=0.0, psi=4e-3, decoupled=False):
    """Dozat 2016, section 3, with the schedule of mu in its experiments; all mu are multiplied anew in each step."""

    def mu(i):
        return beta1 * (1 - 0.96 ** (i * psi) / 2)

    m = v = np.zeros_like(theta)
    for i in count(1):
        g = yield theta
        kept = theta * (1 - gamma * lam) if decoupled else theta
        g = g if decoupled else g + lam * theta
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        so_far = np.prod([mu(k) for k in range(1, i + 1)])
        m_hat = mu(i + 1) * m / (1 - so_far * mu(i + 1)) + (1 - mu(i)) * g / (1 - so_far)
        theta = kept - gamma * m_hat / (np.sqrt(v / (1 - beta2**i)) + eps)


def radam(theta, gamma=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, lam=0.0, decoupled=False):
    """Liu et al. 2020, Algorithm 2, from more than five degrees of freedom on and with eps as in PyTorch."""
    m = v = np.zeros_like(theta)
    rho_inf = 2 / (1 - beta2) - 1
    for i in count(1):
        g = yield theta
        kept = theta * (1 - gamma * lam) if decoupled else theta
        g = g if decoupled else g + lam * theta
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        step = m / (1 - beta1**i)
        rho = rho_inf - 2 * i * beta2**i / (1 - beta2**i)
        if rho > 5:
            r = np.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
            step = r * step * np.sqrt(1 - beta2**i) / (np.sqrt(v) + eps)
        theta = kept - gamma * step


def lion(theta, gamma=1e-4, b1=0.9, b2=0.99, lam=1e-3):
    """Chen et al. 2023, Algorithm 2."""
    m = np.zeros_like(theta)
    while True:
        g = yield theta
        theta = theta - gamma * (np.sign(b1 * m + (1 - b1) * g) + lam * theta)
        m = b2 * m + (1 - b2) * g


def adan(theta, gamma=1e-3, b1=0.98, b2=0.92, b3=0.99, eps=1e-8, eps_root=1e-8, lam=0.0):
    """Xie et al. 2022, Algorithm 1, with the decay of weights and the corrections of optax."""
    m = v = n = np.zeros_like(theta)
    before = None
    for k in count(1):
        g = yield theta
        change = g - (g if before is None else before)
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * change
        n = b3 * n + (1 - b3) * (g + (1 - b2) * change) ** 2
        m_hat, v_hat, n_hat = m / (1 - b1**k), v / (1 - b2**k), n / (1 - b3**k)
        theta = theta - gamma * ((m_hat + (1 - b2) * v_hat) / (np.sqrt(n_hat + eps_root) + eps) + lam * theta)
        before = g


RULES = {lab.Adam: algorithm2, lab.AdamW: adamw, lab.AMSGrad: amsgrad, lab.NAdam: nadam, lab.RAdam: radam,
         lab.Lion: lion, lab.Adan: adan}  # fmt: skip


def of_adams_kin(opt, theta):
    """The naive rule for Adam or one of its kin, which take their fields in order; TypeError for another."""
    for kind, rule in RULES.items():
        if isinstance(opt, kind):
            fields = [getattr(opt, name) for name in opt.__dataclass_fields__]
            flat = [v for value in fields for v in (value if isinstance(value, tuple) else (value,))]
            return rule(theta, *flat)
    raise TypeError(f"no naive rule for {opt!r}")
