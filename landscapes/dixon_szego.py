"""The test set of Dixon and Szegö 1978, on which global optimisation was compared first.

Their Shekel functions with 5, 7 and 10 terms are one family here, and Goldstein and Price's is written in the two
directions that it is a product in.
"""

from __future__ import annotations

from math import cos, exp, pi, sin

from .define import landscape

__all__ = ["branin", "goldstein_price", "hartmann_3", "hartmann_6", "shekel"]

DIXON_SZEGO = "Dixon and Szegö 1978, Towards Global Optimisation 2, 1-15"


@landscape(
    bounds=[[-5.0, 10.0], [0.0, 15.0]],
    minima=[[-pi, 12.275], [pi, 2.275], [3.0 * pi, 2.475]],
    f_min=0.3978873577297383,
    dims=(2, 2),
    tags=("multimodal", "smooth"),
    source=f"Branin 1972, IBM Journal of Research and Development 16, 504-522; as in {DIXON_SZEGO}",
)
def branin(x, g):
    """f(x) = (x_2 - 5.1 / (4 pi^2) x_1^2 + 5 / pi x_1 - 6)^2 + 10 (1 - 1 / (8 pi)) cos(x_1) + 10 on [-5, 10] x [0, 15].

    Minimum 5 / (4 pi) = 0.3978873577297383 at (-pi, 12.275), (pi, 2.275) and (3 pi, 2.475), where the square is 0 and
    the cosine -1; f has no other local minima in the box, and is nowhere lower. 10 cos(x_1) + 10 is formed as
    20 cos(x_1 / 2)^2.
    """
    u = x[1] - 0.12918450914398066 * x[0] * x[0] + 1.5915494309189533 * x[0] - 6.0
    c = cos(0.5 * x[0])
    k = 19.204225284540524 * c
    g[0] = 2.0 * u * (1.5915494309189533 - 0.2583690182879613 * x[0]) - k * sin(0.5 * x[0])
    g[1] = 2.0 * u
    return u * u + k * c + 0.3978873577297383


@landscape(
    bounds=(-2.0, 2.0),
    minima=[[0.0, -1.0]],
    f_min=3.0,
    dims=(2, 2),
    tags=("multimodal", "smooth", "conditioned"),
    source=f"Goldstein and Price 1971, Mathematics of Computation 25, 569-574; as in {DIXON_SZEGO}",
)
def goldstein_price(x, g):
    """f(x) = (1 + (w + 1)^2 (3 w^2 - 14 w + 19)) (3 + (u - 3)^2 (3 u^2 + 2 u + 3)), w = x_1 + x_2, u = 2 x_1 - 3 x_2.

    On [-2, 2]^2; minimum 3 at (0, -1), and nothing lower anywhere. This is the usual polynomial of degree 8: its
    factors depend on one direction each, and are sums of what is not negative. Their slopes are
    12 (w + 1) (w - 1) (w - 2) and 12 u (u - 1) (u - 3); hence three more minima, 30 at (-0.6, -0.4), 84 at (1.8, 0.2)
    and 840 at (1.2, 0.8). f reaches 1.0e6 in the box.
    """
    w = x[0] + x[1]
    u = 2.0 * x[0] - 3.0 * x[1]
    a = 1.0 + (w + 1.0) * (w + 1.0) * ((3.0 * w - 14.0) * w + 19.0)
    b = 3.0 + (u - 3.0) * (u - 3.0) * ((3.0 * u + 2.0) * u + 3.0)
    along = 12.0 * (w + 1.0) * (w - 1.0) * (w - 2.0) * b
    across = 12.0 * u * (u - 1.0) * (u - 3.0) * a
    g[0] = along + 2.0 * across
    g[1] = along - 3.0 * across
    return a * b


def pit_3(x, g, c, a1, a2, a3, p1, p2, p3):
    """-c exp(-sum_i a_i (x_i - p_i)^2); the gradient is added to g."""
    u, v, w = x[0] - p1, x[1] - p2, x[2] - p3
    e = c * exp(-(a1 * u * u + a2 * v * v + a3 * w * w))
    g[0] += 2.0 * a1 * u * e
    g[1] += 2.0 * a2 * v * e
    g[2] += 2.0 * a3 * w * e
    return 0.0 * (u + v + w) - e  # NaN, not 0, where a coordinate is infinite


@landscape(
    bounds=(0.0, 1.0),
    minima=[[0.11461433858967197, 0.5556488499718569, 0.8525469535208657]],
    f_min=-3.8627821478207554,
    dims=(3, 3),
    tags=("multimodal", "smooth"),
    source=f"Hartman 1973, Naval Research Logistics Quarterly 20, 569-576; numbers of {DIXON_SZEGO}",
)
def hartmann_3(x, g):
    """f(x) = -sum_k c_k exp(-sum_i a_ki (x_i - p_ki)^2), k to 4, on [0, 1]^3; minimum -3.8627821478207554.

    At (0.11461433858967197, 0.5556488499718569, 0.8525469535208657). With p_41 = 0.0381 instead of 0.03815, as in
    Surjanovic and Bingham, it is -3.8627797873326624, at (0.114589, 0.555649, 0.852547); the published
    (0.114614, 0.555649, 0.852547) and -3.86278 fit the former.
    """
    for i in range(3):
        g[i] = 0.0
    f1 = pit_3(x, g, 1.0, 3.0, 10.0, 30.0, 0.3689, 0.1170, 0.2673)
    f2 = pit_3(x, g, 1.2, 0.1, 10.0, 35.0, 0.4699, 0.4387, 0.7470)
    f3 = pit_3(x, g, 3.0, 3.0, 10.0, 30.0, 0.1091, 0.8732, 0.5547)
    f4 = pit_3(x, g, 3.2, 0.1, 10.0, 35.0, 0.03815, 0.5743, 0.8828)
    return f1 + f2 + f3 + f4


def pit_6(x, g, c, a1, a2, a3, a4, a5, a6, p1, p2, p3, p4, p5, p6):
    """As `pit_3`, in six dimensions."""
    u1, u2, u3, u4, u5, u6 = x[0] - p1, x[1] - p2, x[2] - p3, x[3] - p4, x[4] - p5, x[5] - p6
    d = a1 * u1 * u1 + a2 * u2 * u2 + a3 * u3 * u3 + a4 * u4 * u4 + a5 * u5 * u5 + a6 * u6 * u6
    e = c * exp(-d)
    g[0] += 2.0 * a1 * u1 * e
    g[1] += 2.0 * a2 * u2 * e
    g[2] += 2.0 * a3 * u3 * e
    g[3] += 2.0 * a4 * u4 * e
    g[4] += 2.0 * a5 * u5 * e
    g[5] += 2.0 * a6 * u6 * e
    return 0.0 * (u1 + u2 + u3 + u4 + u5 + u6) - e


@landscape(
    bounds=(0.0, 1.0),
    minima=[
        [
            0.20168951100670543,
            0.15001069182345797,
            0.476873974221897,
            0.2753324304940561,
            0.31165161660011326,
            0.6573005340656203,
        ]
    ],
    f_min=-3.3223680114155147,
    dims=(6, 6),
    tags=("multimodal", "smooth"),
    source=f"Hartman 1973, Naval Research Logistics Quarterly 20, 569-576; numbers of {DIXON_SZEGO}",
)
def hartmann_6(x, g):
    """f(x) = -sum_k c_k exp(-sum_i a_ki (x_i - p_ki)^2), k to 4, on [0, 1]^6; minimum -3.3223680114155147.

    At (0.201690, 0.150011, 0.476874, 0.275332, 0.311652, 0.657301). Some give p_32 as 0.1415 instead of 0.1451; that
    raises the smallest value to -3.321995171584242.
    """
    for i in range(6):
        g[i] = 0.0
    f1 = pit_6(x, g, 1.0, 10.0, 3.0, 17.0, 3.5, 1.7, 8.0, 0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886)
    f2 = pit_6(x, g, 1.2, 0.05, 10.0, 17.0, 0.1, 8.0, 14.0, 0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991)
    f3 = pit_6(x, g, 3.0, 3.0, 3.5, 1.7, 10.0, 17.0, 8.0, 0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650)
    f4 = pit_6(x, g, 3.2, 17.0, 8.0, 0.05, 10.0, 0.1, 14.0, 0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381)
    return f1 + f2 + f3 + f4


SHEKEL_MINIMA = {
    5: [4.000037152819676, 4.00013327659156, 4.000037152819676, 4.00013327659156],
    7: [4.000572916185823, 4.000689366185305, 3.9994897088591506, 3.9996061588586316],
    10: [4.000746531592046, 4.000592934138532, 3.9996633980403224, 3.9995098005868077],
}
SHEKEL_LOWEST = {5: -10.153199679058227, 7: -10.40294056681866, 10: -10.536409816692043}


def shekel_minima(n, m):
    """The minimum for m of 5, 7 or 10."""
    if m not in (5.0, 7.0, 10.0):
        raise ValueError(f"m of shekel must be 5, 7 or 10, got {m}")
    return [SHEKEL_MINIMA[int(m)]]


def foxhole(x, g, a1, a2, a3, a4, b):
    """-1 / (b + sum_i (x_i - a_i)^2); the gradient is added to g."""
    u1, u2, u3, u4 = x[0] - a1, x[1] - a2, x[2] - a3, x[3] - a4
    f = 1.0 / (b + (u1 * u1 + u2 * u2 + u3 * u3 + u4 * u4))
    k = 2.0 * f * f
    g[0] += k * u1
    g[1] += k * u2
    g[2] += k * u3
    g[3] += k * u4
    return 0.0 * (u1 + u2 + u3 + u4) - f  # NaN, not 0, where a coordinate is infinite


@landscape(
    bounds=(0.0, 10.0),
    minima=shekel_minima,
    f_min=lambda n, m: SHEKEL_LOWEST[int(m)],
    dims=(4, 4),
    tags=("multimodal", "smooth"),
    source=f"Shekel 1971, Proc. Fifth Princeton Conf. on Information Sciences and Systems; numbers of {DIXON_SZEGO}",
)
def shekel(x, g, m=10.0):
    """f(x) = -sum_k 1 / (b_k + sum_i (x_i - a_ki)^2), k to m, on [0, 10]^4; `m` is 5, 7 or 10 and counts the holes.

    Minimum close to a_1 = (4, 4, 4, 4): -10.153199679058227 for m = 5, -10.40294056681866 for 7, -10.536409816692043
    for 10. a_7 is (5, 5, 3, 3); Surjanovic and Bingham have (5, 3, 5, 3), which gives -10.402915 and -10.536443.
    """
    for i in range(4):
        g[i] = 0.0
    f1 = foxhole(x, g, 4.0, 4.0, 4.0, 4.0, 0.1)
    f2 = foxhole(x, g, 1.0, 1.0, 1.0, 1.0, 0.2)
    f3 = foxhole(x, g, 8.0, 8.0, 8.0, 8.0, 0.2)
    f4 = foxhole(x, g, 6.0, 6.0, 6.0, 6.0, 0.4)
    f5 = foxhole(x, g, 3.0, 7.0, 3.0, 7.0, 0.4)
    f = f1 + f2 + f3 + f4 + f5
    if m > 5.0:
        f6 = foxhole(x, g, 2.0, 9.0, 2.0, 9.0, 0.6)
        f7 = foxhole(x, g, 5.0, 5.0, 3.0, 3.0, 0.3)
        f += f6 + f7
    if m > 7.0:
        f8 = foxhole(x, g, 8.0, 1.0, 8.0, 1.0, 0.7)
        f9 = foxhole(x, g, 6.0, 2.0, 6.0, 2.0, 0.5)
        f10 = foxhole(x, g, 7.0, 3.6, 7.0, 3.6, 0.5)
        f += f8 + f9 + f10
    return f
