"""The paper's Algorithms 1 to 4 and their company, one file each."""

from .adadelta import Adadelta
from .adagrad import AdaGrad
from .adam import Adam
from .adamw import AdamW
from .adan import Adan
from .amsgrad import AMSGrad
from .apollo import Apollo
from .base import Optimizer, State
from .custom import CallableRule, RuleOptimizer, update_rule
from .lion import Lion
from .nadam import NAdam
from .ngdm import NGDM
from .preconditioned import InverseFisher, Preconditioned, preconditioned
from .radam import RAdam
from .registry import get, names, parse
from .rmsprop import RMSProp
from .rule import UpdateRule
from .scipy_adapter import scipy_method
from .sgd import SGD

__all__ = [
    "NGDM",
    "SGD",
    "AMSGrad",
    "AdaGrad",
    "Adadelta",
    "Adam",
    "AdamW",
    "Adan",
    "Apollo",
    "CallableRule",
    "InverseFisher",
    "Lion",
    "NAdam",
    "Optimizer",
    "Preconditioned",
    "RAdam",
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
