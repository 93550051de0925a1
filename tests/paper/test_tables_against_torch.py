"""Each cell of Tables 1, 2 and 4, from one seed and in float64, against a training by PyTorch of 50 steps.

The norm: with theta the lab's parameters after the last step, theta' PyTorch's and theta_0 where both began,
||theta - theta'|| <= 1e-9 ||theta' - theta_0||, Euclidean over all parameters; and each step's loss to a relative 1e-9.

The values in tests/data/torch_tables.npz are PyTorch's own (tests/data/make_torch_tables.py writes them) and hold the
lab everywhere; where PyTorch is installed, every cell is trained again. None of the three tables has constants that are
impossible (E10), so no cell is left out. In `FEW` are those that are followed over fewer steps, and why; a vector of
one coordinate has the diagonal form (E12) on both sides.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ngdm_lab.paper import tables
from ngdm_lab.paper.rosters import roster
from table_cells import FEW, STEPS, Tape, moved, projections, trained

PATH = Path(__file__).resolve().parents[1] / "data" / "torch_tables.npz"
CLOSE = 1e-9
NUMBERS = (1, 2, 4)
CELLS = [(number, model, c.label) for number in NUMBERS for model in tables.models(number) for c in roster(model)]
every_cell = pytest.mark.parametrize(("number", "model", "label"), CELLS, ids=lambda v: str(v).replace(" ", "-"))


@pytest.fixture
def torch_cells():
    """The oracle, on one thread; the calling test is skipped where PyTorch is missing."""
    torch = pytest.importorskip("torch", reason="PyTorch, of the extra oracles, is not installed")
    import torch_cells

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch_cells
    torch.set_num_threads(threads)


@cache
def committed():
    with np.load(PATH) as file:
        return dict(file)


@every_cell
def test_a_cell_has_the_committed_values(number, model, label):
    cell, path = trained(number)[model, label], f"{model}/{label}"
    assert len(cell.losses) == FEW.get((model, label), (STEPS, ""))[0]
    np.testing.assert_allclose(cell.losses, committed()[f"{path}/losses"], rtol=CLOSE)
    off = projections(cell.moved) - committed()[f"{path}/projections"]
    assert np.sqrt((off**2).mean()) <= CLOSE * committed()[f"{path}/norm"]


@every_cell
def test_a_cell_is_pytorchs_training(number, model, label, torch_cells):
    cell, path = trained(number)[model, label], f"{model}/{label}"
    losses, last = torch_cells.train(model, label, cell.tape, len(cell.losses))
    way = moved(cell.tape, last)
    assert cell.lr == pytest.approx(torch_cells.rate(model, label), rel=1e-14)
    np.testing.assert_allclose(cell.losses, losses, rtol=CLOSE)
    assert np.linalg.norm(cell.moved - way) <= CLOSE * np.linalg.norm(way)
    # and the committed values are these
    np.testing.assert_allclose(losses, committed()[f"{path}/losses"], rtol=CLOSE)
    assert np.linalg.norm(way) == pytest.approx(committed()[f"{path}/norm"], rel=CLOSE)
    off = projections(way) - committed()[f"{path}/projections"]
    assert np.sqrt((off**2).mean()) <= CLOSE * np.linalg.norm(way)


@pytest.mark.parametrize(("model", "label"), FEW, ids=lambda v: v.replace(" ", "-"))
def test_why_few_steps_of_a_cell_are_compared(model, label, torch_cells):
    """PyTorch alone: the loss runs away, or starts that differ by their last bit are apart before 50 steps are over."""
    number = next(n for n, name, _ in CELLS if name == model)
    tape, (few, why) = trained(number)[model, "SGD-Nesterov"].tape, FEW[model, label]
    losses, last = torch_cells.train(model, label, tape, STEPS)
    assert max(losses) > 10 * losses[0]
    if why == "diverges":
        assert losses[-1] > 1e100
        return
    rng = np.random.default_rng(0)
    nudged = {name: first + 2.0**-52 * rng.choice([-1.0, 1.0], first.shape) for name, first in tape.start.items()}
    others, end = torch_cells.train(model, label, replace(tape, start=nudged), STEPS)
    way = moved(tape, last)
    assert np.linalg.norm(way - moved(tape, end)) > CLOSE * np.linalg.norm(way)
    np.testing.assert_allclose(others[:few], losses[:few], rtol=CLOSE)


def test_every_column_of_the_tables_is_compared():
    assert set(committed()) - {"torch"} == {
        f"{model}/{label}/{what}" for _, model, label in CELLS for what in ("losses", "norm", "projections")
    }
    assert {model for _, model, _ in CELLS} == {"mlp", "lenet5", "lstm_forecaster", "gru_forecaster"}
    assert len(CELLS) == 36


def test_each_cell_is_a_training_of_its_own():
    """Every pair of columns is apart by far more than what is compared: none stands for another."""
    for number in NUMBERS:
        for model in tables.models(number):
            ways = [committed()[f"{model}/{c.label}/projections"] for c in roster(model)]
            norms = [committed()[f"{model}/{c.label}/norm"] for c in roster(model)]
            for k, way in enumerate(ways):
                assert all(np.abs(way - other).max() > 1e-4 * norms[k] for other in ways[:k])


def test_a_slope_off_by_1e_7_is_seen(torch_cells, monkeypatch):
    cell = trained(2)["lenet5", "NGDM Dir, diagonal"]
    lr, _, gendir = torch_cells.CONSTANTS["lenet5"]
    monkeypatch.setitem(torch_cells.CONSTANTS, "lenet5", (lr, [(8.8, -0.005 * (1 + 1e-7))], gendir))
    _, last = torch_cells.train(cell.model, cell.label, cell.tape, STEPS)
    way = moved(cell.tape, last)
    assert np.linalg.norm(cell.moved - way) > CLOSE * np.linalg.norm(way)


def test_the_batches_are_the_tables_and_reach_a_second_epoch():
    tape: Tape = trained(2)["lenet5", "SGD-Nesterov"].tape
    assert sorted({len(y) for _, y in tape.batches}) == [395 % 16, 16]
    assert len(trained(1)["mlp", "Adam"].tape.masks[-1]) == 2
    twin = trained(2)["lenet5", "control"].tape
    assert all(np.array_equal(a, twin.start[name]) for name, a in tape.start.items())
    assert not np.array_equal(tape.batches[0][0], twin.batches[0][0])
