"""A convolution of images that lie side by side, (blocks, height, width, channels, lanes), without patches.

The loops around the tiles of `tiles`. Where a kernel hangs over the border, its rows and columns there are left out.
Numbers of a block depend on that block alone and are summed in one order, so they have the same bits for any number of
threads.
"""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ngdm_lab.compiler.build import build_text

from . import tiles
from .share import share
from .tiles import BYTES, FILTERS, PLACES

__all__ = ["WORTH", "convolve", "correlate", "with_tiles"]

Array = Any
BAND = 64  # places whose derivatives lie in the first cache while all kernel rows are served
PARTS = 8  # of a batch: each sums its blocks, then the parts are added, whoever worked on them
WORTH = 2e6  # products of numbers, some 30 microseconds: less is not worth another thread

whole = line = rest = rest_line = np.empty  # stand for the tiles, which `_compiled` puts in their place


def _convolve(low, high, x, w, bias, out, top, left, floor):  # type: ignore[no-untyped-def]
    height, width, channels = x.shape[1], x.shape[2], x.shape[3]
    k1, k2, filters = w.shape[0], w.shape[1], w.shape[3]
    x_place, out_place, w_next = channels * BYTES, filters * BYTES, filters * bias.itemsize
    x_row, out_row = width * x_place, out.shape[2] * out_place
    w_place, w_row = channels * w_next, k2 * channels * w_next
    at_x, at_w, at_bias = np.int64(x.ctypes.data), np.int64(w.ctypes.data), np.int64(bias.ctypes.data)
    for item in range(low * out.shape[1], high * out.shape[1]):
        b, i = item // out.shape[1], item % out.shape[1]
        p = max(0, top - i)
        rows = max(0, min(k1, height + top - i) - p)
        to_row = np.int64(out.ctypes.data) + item * out_row
        for f in range(0, filters, FILTERS):
            j = 0
            while j < out.shape[2]:
                q = max(0, left - j)
                columns = max(0, min(k2, width + left - j) - q)
                here = at_x + (b * height + i - top + p) * x_row + (j - left + q) * x_place
                there = at_w + p * w_row + q * w_place + f * bias.itemsize
                to, first, depth = to_row + j * out_place + f * BYTES, at_bias + f * bias.itemsize, columns * channels
                inside = q == 0 and j + PLACES <= out.shape[2] and j + PLACES - 1 + k2 <= width + left
                if inside:
                    if filters - f >= FILTERS:
                        whole(here, there, first, to, rows, depth, x_row, x_place, w_row, w_next, out_place, floor)
                    else:
                        rest(here, there, first, to, rows, depth, x_row, x_place, w_row, w_next, out_place, floor)
                    j += PLACES
                else:
                    if filters - f >= FILTERS:
                        line(here, there, first, to, rows, depth, x_row, x_place, w_row, w_next, out_place, floor)
                    else:
                        rest_line(here, there, first, to, rows, depth, x_row, x_place, w_row, w_next, out_place, floor)
                    j += 1


def _correlate(low, high, x, dy, parts, top, left):  # type: ignore[no-untyped-def]
    blocks, height, width, channels = x.shape[0], x.shape[1], x.shape[2], x.shape[3]
    k1, k2, filters = parts.shape[1], parts.shape[2], parts.shape[4]
    x_place, y_place, t_row = channels * BYTES, filters * BYTES, filters * parts.itemsize
    x_row, y_row, band = width * x_place, dy.shape[2] * y_place, max(1, BAND // dy.shape[2])
    for part in range(low, high):
        parts[part] = 0.0
        for b in range(part * blocks // len(parts), (part + 1) * blocks // len(parts)):
            for begin in range(0, dy.shape[1], band):
                end = min(dy.shape[1], begin + band)
                for f in range(0, filters, FILTERS):
                    for k in range(k1 * k2):
                        p, q = k // k2, k % k2
                        i, j = max(begin, top - p), max(0, left - q)
                        rows, places = min(end, height + top - p) - i, min(dy.shape[2], width + left - q) - j
                        here = np.int64(x.ctypes.data) + (b * height + i + p - top) * x_row + (j + q - left) * x_place
                        there = np.int64(dy.ctypes.data) + (b * dy.shape[1] + i) * y_row + j * y_place + f * BYTES
                        to = np.int64(parts.ctypes.data) + (part * k1 * k2 + k) * channels * t_row + f * parts.itemsize
                        c = 0
                        while c < channels and rows > 0 and places > 0:
                            if channels - c >= PLACES:
                                if filters - f >= FILTERS:
                                    whole(here, there, to, rows, places, x_row, x_place, y_row, y_place, t_row)
                                else:
                                    rest(here, there, to, rows, places, x_row, x_place, y_row, y_place, t_row)
                                step = PLACES
                            else:
                                if filters - f >= FILTERS:
                                    line(here, there, to, rows, places, x_row, x_place, y_row, y_place, t_row)
                                else:
                                    rest_line(here, there, to, rows, places, x_row, x_place, y_row, y_place, t_row)
                                step = 1
                            here, to, c = here + step * BYTES, to + step * t_row, c + step


@cache
def _compiled(function: Any, tile: str, signature: str, left_over: int, real: str) -> Any:
    """A loop with its tiles; the last of a row of filters has as many as are left over."""
    made = [f"{tile}({places}, {n}, {real!r})" for n in (FILTERS, left_over or 1) for places in (PLACES, 1)]
    names = ("whole", "line", "rest", "rest_line")
    return with_tiles(function, signature, real, (tiles,), dict(zip(names, made, strict=True)))


def with_tiles(function: Any, signature: str, real: str, modules: tuple[Any, ...], made: dict[str, str]) -> Any:
    """A plain function compiled with the tiles that it calls by name; `made` has the calls that make them, of functions
    in the modules, which is where the function's other names come from too."""
    sources = [Path(module.__file__).read_text(encoding="utf-8") for module in modules]  # machine code depends on them
    head = "\n".join(f"from {module.__name__} import *" for module in modules)
    text = "\n".join([
        "import numpy as np", head, f"BAND, SOURCES = {BAND}, {sources!r}",
        *(f"{name} = {call}" for name, call in made.items()), inspect.getsource(function),
    ])  # fmt: skip
    return build_text(text, function.__name__, signature.replace("T", real), nogil=True)


def convolve(x: Array, weight: Array, bias: Array, out: Array, corner: tuple[int, int], floor: float = -np.inf) -> None:
    """out = max(floor, bias + the sum over p, q, c of x[b, i + p - top, j + q - left, c] weight[p, q, c, f]).

    Parameters
    ----------
    x : (blocks, height, width, channels, lanes), 0 beyond the border; float32 or float64, 64 bytes of lanes.
    weight, bias : (k1, k2, channels, filters) and (filters,).
    out : (blocks, out height, out width, filters, lanes); all arrays are C-contiguous and of one dtype.
    corner : top and left, where the first kernel begins outside the image.
    floor : -inf, or 0 for a ReLU.
    """
    signature = "void(int64, int64, T[:,:,:,:,::1], T[:,:,:,::1], T[::1], T[:,:,:,:,::1], int64, int64, T)"
    go = _compiled(_convolve, "convolving", signature, weight.shape[3] % FILTERS, x.dtype.name)
    products = out.size * weight[..., 0].size
    share(len(x), products / WORTH, lambda low, high: go(low, high, x, weight, bias, out, *corner, floor))


def correlate(x: Array, dy: Array, parts: Array, total: Array, corner: tuple[int, int]) -> None:
    """total[p, q, c, f] = the sum over images, i and j of x[b, i + p - top, j + q - left, c] dy[b, i, j, f].

    Parameters
    ----------
    x, dy, corner : as x, out and corner of `convolve`.
    parts : (P, *total.shape), work space; the batch is summed in P parts.
    total : (k1, k2, channels, filters), written.
    """
    signature = "void(int64, int64, T[:,:,:,:,::1], T[:,:,:,:,::1], T[:,:,:,:,::1], int64, int64)"
    go = _compiled(_correlate, "correlating", signature, total.shape[3] % FILTERS, x.dtype.name)
    products = dy.size * total[..., 0].size
    share(len(parts), products / WORTH, lambda low, high: go(low, high, x, dy, parts, *corner))
    np.sum(parts, axis=0, out=total)
