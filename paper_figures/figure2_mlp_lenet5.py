"""The MLP and LeNet-5, read from their models, with what the paper leaves open.

    python paper_figures/figure2_mlp_lenet5.py --output figures

writes figure2_mlp_lenet5.png, .pdf and .txt, the caption, into the folder and prints the caption.
"""

import sys

from command import command

from ngdm_lab.paper.figures.nets import figure2


def make(_given):
    figure, caption = figure2()
    print(caption)
    return figure, caption


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make))
