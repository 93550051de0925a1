"""The scheme of back-propagation with NGDM (Algorithm 5), corrected, from a small model.

    python paper_figures/figure1_backpropagation.py --output figures

writes figure1_backpropagation.png, .pdf and .txt, the caption, into the folder and prints the caption.
"""

import sys

from command import command

from ngdm_lab.paper.figures.scheme import figure1


def make(_given):
    figure, caption = figure1()
    print(caption)
    return figure, caption


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make))
