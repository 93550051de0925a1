"""Points of balls and simplices for hypothesis: anywhere, and where the maps of section 2.2 have their edges."""

import numpy as np
from hypothesis import strategies as st

from ngdm_lab.geometry import RadialMap

CENTRE = (0.7, -1.3, 2.0, 0.1)


def radial(n, radius=2.5):
    return RadialMap(np.resize(CENTRE, n), radius)


@st.composite
def in_ball(draw, least=0.0):
    """A radial map and a point of its ball: anywhere, near the centre, near the sphere, or on it."""
    n = draw(st.integers(1, 6))
    ball = radial(n, draw(st.sampled_from([1e-3, 1.0, 40.0])))
    direction = np.array(draw(st.lists(st.floats(-1, 1), min_size=n, max_size=n)))
    size = np.linalg.norm(direction)
    direction = direction / size if size > 1e-3 else np.eye(n)[0]
    t = draw(st.one_of(st.floats(least, 1), st.floats(-12, 0).map(lambda e: 1 - 10**e), st.just(1.0)))
    return ball, ball.centre + ball.radius * t * direction


@st.composite
def on_simplex(draw):
    """A point of the closed simplex: inside, on a face, a vertex, or near the centre."""
    n = draw(st.integers(1, 6))
    part = st.one_of(st.floats(0.01, 1), st.just(0.0), st.floats(-12, 0).map(lambda e: 10**e))
    z = np.array(draw(st.lists(part, min_size=n + 1, max_size=n + 1)))
    z = z / z.sum() if z.sum() > 0 else np.eye(n + 1)[0]
    near = draw(st.sampled_from([1.0, 1.0, 1e-3, 1e-9, 0.0]))
    z = near * z + (1 - near) / (n + 1)
    return z / z.sum()
