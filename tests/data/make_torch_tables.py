"""Write torch_tables.npz: what PyTorch says of the cells of Tables 1, 2 and 4, for machines without PyTorch.

Run as ``python tests/data/make_torch_tables.py`` where PyTorch is installed, and look at the difference in review.

For each cell the losses of its steps, how far the parameters went (Euclidean norm), and 16 projections of the way.
First parameters, batches and dropout are the lab's; nets and rules are those of tests/support/torch_cells.py.
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))


def main(target=HERE / "torch_tables.npz"):
    import torch

    from table_cells import moved, projections, trained
    from torch_cells import train

    torch.set_num_threads(1)
    kept = {"torch": np.array(str(torch.__version__))}
    for number in (1, 2, 4):
        for (model, label), cell in trained(number).items():
            losses, last = train(model, label, cell.tape, len(cell.losses))
            way, path = moved(cell.tape, last), f"{model}/{label}"
            kept |= {f"{path}/losses": losses, f"{path}/norm": np.linalg.norm(way)}
            kept[f"{path}/projections"] = projections(way)
    np.savez_compressed(target, **kept)


if __name__ == "__main__":
    main()
