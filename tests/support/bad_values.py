"""Values that people pass by mistake, each with a name; no argument takes all of them."""

from __future__ import annotations

import datetime
import decimal
import fractions
import pathlib

import numpy as np

import landscapes as ls
import ngdm_lab as lab


class Raises:
    """What cannot be read in any way, and cannot even be shown."""

    def _fail(self, *_, **__):
        raise ZeroDivisionError("what the object itself does")

    __float__ = __index__ = __int__ = __bool__ = __len__ = __iter__ = __array__ = __str__ = __repr__ = _fail
    __eq__ = __lt__ = __hash__ = __call__ = __fspath__ = __getitem__ = _fail


class Quiet:
    """A bare object."""


def bad_values():
    """{name: value}, made anew, since a call may use a value up."""
    return {
        # what stands for nothing, and truth
        "None": None, "True": True, "False": False, "np.True_": np.True_, "0-d True": np.array(True),
        "Ellipsis": ..., "NotImplemented": NotImplemented,
        # numbers
        "-1": -1, "0": 0, "2": 2, "-0.0": -0.0, "0.5": 0.5, "2.0": 2.0, "nan": float("nan"), "inf": float("inf"),
        "-inf": float("-inf"), "1e30": 1e30, "1e308": 1e308, "-1e308": -1e308, "5e-324": 5e-324,
        "2**63": 2**63, "-2**63": -(2**63), "10**30": 10**30, "10**400": 10**400,
        "1j": 1j, "np.complex128": np.complex128(1), "Decimal": decimal.Decimal("0.5"),
        "Decimal nan": decimal.Decimal("nan"), "Decimal snan": decimal.Decimal("sNaN"),
        "Fraction": fractions.Fraction(1, 2), "huge Fraction": fractions.Fraction(10**400),
        "float32": np.float32(0.5), "float16 inf": np.float16("inf"), "int8": np.int8(2), "0-d": np.array(0.5),
        "0-d int": np.array(2), "0-d nan": np.array(np.nan), "0-d object": np.array(None, dtype=object),
        "datetime64": np.datetime64("2020-01-01"), "timedelta64": np.timedelta64(1, "D"),
        "date": datetime.date(2020, 1, 1), "timedelta": datetime.timedelta(1),
        # arrays
        "[0.5]": np.array([0.5]), "[2]": np.array([2]), "[]": [], "empty array": np.empty(0),
        "empty rows": np.empty((2, 0)),
        "[0.5, 0.5]": [0.5, 0.5], "[1, 2]": [1, 2], "[nan, nan]": [np.nan, np.nan], "[inf, 1]": [np.inf, 1.0],
        "[-1, 2]": [-1, 2], "[1e200, 1e200]": [1e200, 1e200], "[[1, 2], [3, 4]]": [[1.0, 2.0], [3.0, 4.0]],
        "ragged": [[1.0], [1.0, 2.0]], "deep": np.zeros((1, 1, 1, 1, 2)), "deeper than NumPy": _nested(80),
        "words": ["a", "b"], "[1, 'a']": [1, "a"], "[None]": [None, None], "[True, False]": [True, False],
        "bool array": np.array([True, False]), "complex array": np.array([1j, 1.0]), "word array": np.array(["a", "1"]),
        "object array": np.array([None, "a"], dtype=object), "date array": np.array(["2020-01-01"], dtype="datetime64"),
        "record array": np.zeros(2, dtype=[("a", float), ("b", int)]), "masked": np.ma.masked,
        "masked array": np.ma.array([0.5, 0.5], mask=[True, False]),
        "masked rows": np.ma.array([[1.0, 2.0], [3.0, 4.0]], mask=[[False, True], [False, False]]),
        "0-d masked": np.ma.array(0.5), "matrix of one": np.array([[2.0]]), "long": np.zeros(5000),
        "big ints": [10**30, 1], "memoryview": memoryview(b"12"),
        # text and paths
        "''": "", "'1'": "1", "'x'": "x", "long text": "x" * 5000, "two lines": "a\nb", "b'1'": b"1",
        "bytearray": bytearray(b"1"), "'\\0'": "\0", "surrogate": "\udcff", "no such user": "~no_such_user_here/x",
        "Path": pathlib.Path("no_such_folder_here/x"), "Path \\0": pathlib.Path("a\0b"),
        # containers and things of other kinds
        "()": (), "{}": {}, "{'a': 1}": {"a": 1}, "set": {1, 2}, "range": range(2), "generator": (v for v in (1, 2)),
        "slice": slice(2), "type": int, "function": len, "lambda": lambda *_: 1, "module": np, "object": Quiet(),
        "raises": Raises(), "[raises]": [Raises(), Raises()], "dtype": np.dtype(float),
        "generator of numbers": np.random.default_rng(0),
        "Exception": ValueError("a value"),
        # the lab's own, in the wrong place
        "Surface": ls.sphere(2), "Family": ls.sphere, "optimizer": lab.Adam(), "optimizer class": lab.Adam,
        "[optimizer]": [lab.Adam(), lab.SGD(0.1)], "distribution": lab.Dirichlet(2.0),
        "distribution class": lab.Dirichlet,
        "ramp": lab.ramp(1.0, 0.5), "[Surface]": [ls.sphere(2)], "lab": lab,
    }  # fmt: skip


def _nested(depth):
    value = 1.0
    for _ in range(depth):
        value = [value]
    return value
