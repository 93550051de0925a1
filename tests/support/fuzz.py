"""Bad input for everything public: one bad value in place of one argument of a call that is good otherwise.

``python fuzz.py ROOM [SHARE [LOG [ONLY]]]`` tries the callables of one room, or those that the pattern ONLY finds,
with a share of the bad values drawn by a fixed seed, and prints as JSON how many calls were made and what went wrong.
The name of each call goes to LOG before it is made, so that a signal or a hang has a name. What the arguments are, and
what they take, stands in `fuzz_arguments` and `fuzz_kinds`.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import random
import re
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import landscapes as ls
import ngdm_lab as lab
from bad_values import bad_values
from fuzz_arguments import argument, examples
from fuzz_kinds import FUNCTIONS, LEGAL

OURS = tuple(str(Path(package.__file__).resolve().parent) for package in (lab, ls))  # wherever they are installed
ROOMS = {
    "landscapes": ["landscapes"],
    "geometry": ["ngdm_lab.geometry"],
    "optimizers": ["ngdm_lab.optimizers"],
    "experiments": ["ngdm_lab.experiments", "ngdm_lab.engine", "ngdm_lab.claims"],
    "nets": ["ngdm_lab.nets", "ngdm_lab.nets.presets", "ngdm_lab.nets.data"],
    "plots": ["ngdm_lab.plots"],
}
ALIASES = {
    "n": "coordinates|pairs",
    "input_shape": "samples of shape",
    "side": "samples of shape|images",
}  # what an error may say in place of a name
MOST_WORDS = 1000  # characters of a message
# what the lab itself makes and nobody builds by hand: what they are made of is not tried, their methods are
MADE_BY_THE_LAB = """
    BasinShare Basins CallableRule Claim Comparison Ecdf Effect Ensemble Entry Family Fit Frames GoodnessOfFit Group
    Impossible Interval Layer Ledger LossSlice Metric NetRace OnSimplex Optimizer Outcome Outcomes Pair
    PerformanceProfile Plan Power Preset Race RateMap RuleOptimizer SimplexMap State Surface Trace Tuning Unavailable
    UpdateRule Verdict
"""
NOT_FOR_USERS = "restore raise_there compiled bind build backward check_dim prepare lonely"
NOT_OF_A_SLICE = "flipped noisy rotated scaled shifted"  # a slice refuses them by themselves


def callables(room):
    """{name: callable} of what a room's packages export, and of the methods of examples of theirs."""
    found, seen = {}, set()
    for package in ROOMS[room]:
        module = importlib.import_module(package)
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, np.ufunc) or hasattr(value, "ufunc"):
                continue  # NumPy's own way of calling, and its words
            if callable(value) and name not in MADE_BY_THE_LAB.split() and id(value) not in seen:
                seen.add(id(value))
                found[name] = value
    for name, thing in examples(room).items():
        if inspect.isfunction(thing):
            found[name] = thing
            continue
        for method in dir(type(thing)):
            static = inspect.getattr_static(type(thing), method)
            hidden = (method.startswith("_") and method != "__call__") or method in NOT_FOR_USERS.split()
            if hidden or isinstance(static, property) or (name == "slice" and method in NOT_OF_A_SLICE.split()):
                continue
            if callable(static) or isinstance(static, classmethod | staticmethod):
                found[f"{name}.{method}"] = getattr(thing, method)
    return found


def parameters(function):
    """The names of its arguments; what stands for several by its name with stars."""
    try:
        known = inspect.signature(function).parameters.values()
    except ValueError:
        return []
    return [
        str(p).split(":")[0].split("=")[0] if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) else p.name for p in known
    ]


def called(function, given):
    """Call with arguments by name; positional ones by place."""
    places, words = [], {}
    for p in inspect.signature(function).parameters.values():
        if p.name in given and p.kind is p.POSITIONAL_ONLY:
            places.append(given[p.name])
        elif p.name in given and p.kind is p.VAR_POSITIONAL:
            places += given[p.name]
        elif p.name in given and p.kind is p.VAR_KEYWORD:
            words |= given[p.name]
        elif p.name in given:
            words[p.name] = given[p.name]
    return function(*places, **words)


def fault(function, name, kind, tag, given):
    """What is wrong with how a call with a bad value ends; None where it ends well."""
    own = kind.rstrip("?")
    legal = LEGAL[own] is None or tag in LEGAL[own] or (tag == "None" and kind.endswith("?"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            called(function, given)
    except lab.Unavailable:
        return None
    except (ValueError, TypeError) as error:
        text = str(error)
        where = traceback.extract_tb(error.__traceback__)[-1].filename
        if own.startswith("function") and tag in (*FUNCTIONS, "[Surface]"):
            return None  # what somebody's function raises is his
        if not where.startswith(OURS):
            return f"from inside ({type(error).__name__}): {text[:100]!r}"
        if ("\n" in text and (own, tag) != ("path", "two lines")) or len(text) > MOST_WORDS:
            return f"not one short line: {text[:60]!r}"
        if not names_one(text, own, [name, *(given if legal else ())]):
            return f"not named: {text[:100]!r}"
        return None
    except FileNotFoundError as error:
        return None if own == "path" else f"FileNotFoundError: {str(error)[:100]!r}"
    except ZeroDivisionError:
        return None if own.startswith("function") and "raises" in tag else "ZeroDivisionError"
    except Exception as error:  # any other kind is what is looked for
        return f"{type(error).__name__}: {str(error)[:100]!r}"
    finally:
        plt.close("all")
    return None if legal else "accepted"


def names_one(text, kind, names):
    """Whether a message names an argument: by its name, or what is looked for by it, or the file."""
    words = [re.escape(name.rstrip("s")) for name in names]
    words += [word for name in names for word in ALIASES.get(name, "").split("|") if word]
    words += {
        "name or thing": [r"unknown \w+"],
        "name": [r"^(\w+ \S+: )?unknown \w+"],
        "path": [r"cannot (read|write)", "is no "],
    }.get(kind, [])
    words += ["is no folder"] * ("path" in names)
    return any(re.search(rf"(?<![a-z]){word}", text) for word in words)


def main(room, share="1", log=os.devnull, only=""):
    """Try a room; see the module."""
    draw = random.Random(f"{room} of the lab")
    folder = tempfile.mkdtemp(prefix="ngdm-fuzz-")
    os.chdir(folder)
    calls, faults = 0, []
    with open(log, "w", buffering=1) as names:
        for place, function in sorted(callables(room).items()):
            if only and not re.search(only, place):
                continue
            wanted = parameters(function)
            known = {p.lstrip("*"): argument(room, place, p) for p in wanted}
            for name, (kind, _) in known.items():
                if kind == "anything":
                    continue
                tags = sorted(bad_values())
                for tag in draw.sample(tags, round(float(share) * len(tags))):
                    given = {p: base() for p, (_, base) in known.items() if base is not None}
                    value = bad_values()[tag]
                    ways = {"*": [value], "**": {name: value}}
                    stars = next(p for p in wanted if p.lstrip("*") == name).count("*") * "*"
                    given[name] = ways.get(stars, value)
                    names.write(f"{place}({name}={tag})\n")
                    calls += 1
                    wrong = fault(function, name, kind, tag, given)
                    if wrong:
                        faults.append([place, name, tag, wrong])
    print(json.dumps({"calls": calls, "faults": faults}))


if __name__ == "__main__":
    main(*sys.argv[1:])
