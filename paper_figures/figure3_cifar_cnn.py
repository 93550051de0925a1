"""The net for CIFAR-10, read from its model, with what the paper leaves open.

    python paper_figures/figure3_cifar_cnn.py --output figures

writes figure3_cifar_cnn.png, .pdf and .txt, the caption, into the folder and prints the caption.
"""

import sys

from command import command

from ngdm_lab.paper.figures.nets import figure3


def make(_given):
    figure, caption = figure3()
    print(caption)
    return figure, caption


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make))
