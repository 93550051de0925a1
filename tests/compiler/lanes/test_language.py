"""The language of lanes: what is refused, and with which words."""

import inspect

import pytest

from ngdm_lab.compiler.build import INLINE
from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.lanes.transform import lane_text

L_ = 0.5  # the generated text has this name too


# -- what is refused --------------------------------------------------------------------------------------
# Each function has its fault in the line that ends in the comment `# fault`.


def total(x, n):
    s = 0.0
    for i in range(n):
        s += x[i]
    return s


def grow(x, n):
    for i in range(n):
        x[i] *= 2.0


def scaled(x, n, c):
    return c * x[n - 1]


def descend(x, n):
    if n > 0:
        descend(x, n - 1)  # fault


def join(a, b, n):
    for i in range(n):
        a[i] = b[n - 1 - i]


def has_while(x, g, n):
    k = 0
    while k < n:  # fault
        k += 1
    return x[0]


def has_break(x, g, n):
    for i in range(n):
        if x[i] > 0.0:
            break  # fault
    return x[0]


def returns_early(x, g, n):
    if x[0] > 0.0:
        return 1.0  # fault
    return x[0]


def slices(x, g, n):
    g[0:2] = 0.0  # fault
    return x[0]


def reads_a_slice(x, g, n):
    return total(x[1:], n)  # fault


def negative(x, g, n):
    return x[-1]  # fault


def lane_range(x, g, n):
    s = 0.0
    for i in range(int(x[0])):  # fault
        s += i
    return s


def lane_index(x, g, n):
    k = int(x[0])
    return x[k]  # fault


def no_range(x, g, n):
    s = 0.0
    for v in x:  # fault
        s += v
    return s


def loop_with_else(x, g, n):
    for i in range(n):  # fault
        g[i] = 0.0
    else:
        g[0] = 1.0
    return x[0]


def alone(x, g, n):
    y = x  # fault
    return y[0]


def overwritten(x, g, n):
    x = 1.0  # fault
    return 2.0 * x


def built_in(x, g, n):
    return 1.0 * len(x)  # fault


def built_in_alone(x, g, n):
    k = len(x)  # fault
    return k + x[0]


def writes_uniform(x, g, n, w):
    w[0] = x[0]  # fault
    return w[0]


def comprehension(x, g, n):
    s = sum([v * x[0] for v in range(3)])  # fault
    return 2.0 * s


def walrus(x, g, n):
    return (y := x[0]) * y  # fault


def star(x, g, n, *rest):  # fault
    return x[0]


def under_a_condition(x, g, n):
    if x[0] > 0.0:
        grow(g, n)  # fault
    return x[0]


def result_under_a_condition(x, g, n):
    s = 0.0
    if x[0] > 0.0:
        s = total(x, n)  # fault
    return s


def lost(x, g, n):
    total(x, n)  # fault
    return x[0]


def nothing_to_get(x, g, n):
    s = grow(g, n)  # fault
    return 2.0 * s


def two_names(x, g, n):
    a = b = total(x, n)  # fault
    return a + b


def within_a_sum(x, g, n):
    return 1.0 + total(x, n)  # fault


def lane_argument(x, g, n):
    s = scaled(x, n, x[0])  # fault
    return 2.0 * s


def twice_the_same(x, g, n):
    join(g, g, n)  # fault
    return x[0]


def leaves_a_counter(x, g, n):
    j = 5
    if x[0] > 0.0:
        for j in range(3):
            g[0] = j
    return x[0] + j  # fault


def changes_a_counter(x, g, n):
    s = 0.0
    for i in range(3):  # fault
        i = i * x[0]
        s += i
    return s


def taken_name(x, g, n):
    OUT_ = 1.0  # fault
    return x[0] * OUT_


def recursive(x, g, n):
    descend(x, n)
    return x[0]


def text(x, g, n):
    print("here")  # fault
    return x[0]


def annotated(x, g, n):
    s: float = 1.0  # fault
    return s * x[0]


WORDS = {
    has_while: "`while` is not in the language of lanes: use assignments, for and if",
    has_break: "`break` is not in the language of lanes",
    returns_early: "return stands once, at the end: assign to a name before",
    slices: "g takes one index, not a slice: write a loop",
    reads_a_slice: "x takes one index, not a slice: write a loop",
    negative: "the index -1 is negative: count from 0, as in n - 1",
    lane_range: "the ends of a loop must be the same for all lanes",
    lane_index: "the index k differs between lanes",
    no_range: "a loop must be written `for i in range(...)`",
    loop_with_else: "a loop has one name to count with and no else",
    alone: "the vector x stands alone: use its entries, and n for its length",
    overwritten: "x is a vector: assign to its entries",
    built_in: "the vector x stands alone: use its entries, and n for its length",
    built_in_alone: "len is not a plain function",
    writes_uniform: "w is uniform, one for all lanes: it cannot be written",
    comprehension: "`[v * x[0] for v in range(3)]` is not in the language of lanes: write a loop",
    walrus: "is not in the language of lanes: write a loop",
    star: "a plain function takes named arguments only",
    under_a_condition: "a call that passes a vector cannot stand under a condition of a lane",
    result_under_a_condition: "a call that passes a vector cannot stand under a condition of a lane",
    lost: "the result of total is lost: assign it to a name",
    nothing_to_get: "grow returns no value",
    two_names: "the result of a call that passes a vector goes to one name",
    within_a_sum: "the vector x stands alone",
    lane_argument: "x[0] differs between lanes: a call that passes a vector takes uniform values beside it",
    twice_the_same: "a call passes a vector once",
    leaves_a_counter: "j counts a loop under a condition of a lane and is read outside it: use two names",
    changes_a_counter: "i counts a loop and is a value of a lane as well: use two names",
    taken_name: "the name OUT_ is taken in the language of lanes: use another",
    text: "`expr` is not in the language of lanes",
    annotated: "`annassign` is not in the language of lanes",
}


def line_of(function):
    """file:line of the comment in a function's source."""
    lines, first = inspect.getsourcelines(function)
    [at] = [k for k, line in enumerate(lines) if line.rstrip().endswith("# fault")]
    return f"{__file__}:{first + at}: "


@pytest.mark.parametrize("function", WORDS, ids=lambda f: f.__name__)
def test_refusals_name_the_line(function):
    with pytest.raises(UnsupportedSource) as error:
        lane_text(function, ["x", "g"], INLINE)
    assert str(error.value).startswith(line_of(function))
    assert WORDS[function] in str(error.value)


def test_a_function_that_calls_itself():
    with pytest.raises(UnsupportedSource, match="descend calls itself; write it as a loop"):
        lane_text(recursive, ["x", "g"], INLINE)


def test_a_global_with_a_name_of_the_generated_text():
    def clash(x, g, n):
        return x[0] * L_

    with pytest.raises(UnsupportedSource, match="the name L_ is taken in the language of lanes"):
        lane_text(clash, ["x", "g"], INLINE)


def test_uniform_vectors_are_not_varying():
    def weighed(x, g, n, w):
        s = 0.0
        for i in range(n):
            s += w[-1] * w[i] * x[i]
        return s

    made = lane_text(weighed, ["x", "g"], INLINE)
    assert "w[-1] * w[i], x[" in made.text  # all lanes read them, from the end as well
    assert made.returns
    with pytest.raises(UnsupportedSource, match="the index -1 is negative"):
        lane_text(weighed, ["x", "g", "w"], INLINE)
