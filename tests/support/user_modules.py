"""Modules as a user would write them: a landscape or a rule in a file of its own."""

from __future__ import annotations

import importlib.util
import itertools
import sys
import textwrap

COUNT = itertools.count()

HEAD = """\
import math
import random
import numpy as np
import landscapes as ls
import ngdm_lab as lab

def halve(v, n):
    for i in range(n):
        v[i] = 0.5 * v[i]

def dice():
    return np.random.rand()

def pong(v):
    return ping(v)

def ping(v):
    return pong(v)

"""
AT = HEAD.count("\n") + 2  # the line of `def` below a decorator


def made(folder, text):
    """The function f of a new module."""
    name = f"faulty_{next(COUNT)}"
    path = folder / f"{name}.py"
    path.write_text(HEAD + text)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module.f


def landscape(body, decorator="@ls.landscape(bounds=(-5, 5), minima=[[0.0] * 4], f_min=0.0, dim=4)", head="f(x, g, n)"):
    return f"{decorator}\ndef {head}:\n{textwrap.indent(body, '    ')}\n"


def rule(body):
    return landscape(body, "@lab.update_rule(state=('m',), direction=True)", "f(x, g, m, n, t)")
