"""The paper's Algorithms 1 to 4 and their company, one file each."""

from .adadelta import Adadelta
from .adagrad import AdaGrad
from .adam import Adam
from .apollo import Apollo
from .base import Optimizer, State
from .custom import CallableRule, RuleOptimizer, update_rule
from .ngdm import NGDM
from .preconditioned import InverseFisher, Preconditioned, preconditioned
from .registry import get, names, parse
from .rmsprop import RMSProp
from .rule import UpdateRule
from .scipy_adapter import scipy_method
from .sgd import SGD

__all__ = [
    "NGDM",
    "SGD",
    "AdaGrad",
    "Adadelta",
    "Adam",
    "Apollo",
    "CallableRule",
    "InverseFisher",
    "Optimizer",
    "Preconditioned",
    "RMSProp",
    "RuleOptimizer",
    "State",
    "UpdateRule",
    "get",
    "names",
    "parse",
    "preconditioned",
    "scipy_method",
    "update_rule",
]
