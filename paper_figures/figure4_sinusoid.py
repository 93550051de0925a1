"""The noisy sinusoid with its clean signal and the split, from a saved run.

    python paper_figures/figure4_sinusoid.py --output figures

writes figure4_sinusoid.png, .pdf and .txt, the caption, into the folder and prints the caption. The run is that of
`ngdm-lab paper figures --full`, kept in results/forecasts.json; --run names another.
"""

import sys
from pathlib import Path

from command import command

from ngdm_lab.paper.figures.series import figure4
from ngdm_lab.paper.forecasts import Forecasts

RUN = Path(__file__).resolve().parent / "results" / "forecasts.json"


def options(parser):
    parser.add_argument("--run", type=Path, default=RUN, metavar="FILE", help="forecasts.json of a run")


def make(given):
    figure, caption = figure4(Forecasts.load(given.run))
    print(caption)
    return figure, caption


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make, options))
