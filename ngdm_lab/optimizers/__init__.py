"""The paper's Algorithms 1 to 4 and their company, one file each."""

from .adadelta import Adadelta
from .adagrad import AdaGrad
from .adam import Adam
from .adamw import AdamW
from .adan import Adan
from .amsgrad import AMSGrad
from .apollo import Apollo
from .armijo import Armijo
from .barzilai_borwein import BarzilaiBorwein
from .base import Optimizer
from .conjugate_gradients import ConjugateGradients
from .custom import CallableRule, RuleOptimizer, update_rule
from .lbfgs import LBFGS
from .levenberg_marquardt import LevenbergMarquardt
from .lion import Lion
from .nadam import NAdam
from .nag import NAG
from .ngdm import NGDM
from .preconditioned import InverseFisher, Preconditioned, preconditioned
from .radam import RAdam
from .registry import get, names, parse, searching
from .rmsprop import RMSProp
from .rule import UpdateRule
from .scipy_adapter import scipy_method
from .sgd import SGD
from .state import State
from .step_adaptation import StepAdaptation

__all__ = [
    "LBFGS",
    "NAG",
    "NGDM",
    "SGD",
    "AMSGrad",
    "AdaGrad",
    "Adadelta",
    "Adam",
    "AdamW",
    "Adan",
    "Apollo",
    "Armijo",
    "BarzilaiBorwein",
    "CallableRule",
    "ConjugateGradients",
    "InverseFisher",
    "LevenbergMarquardt",
    "Lion",
    "NAdam",
    "Optimizer",
    "Preconditioned",
    "RAdam",
    "RMSProp",
    "RuleOptimizer",
    "State",
    "StepAdaptation",
    "UpdateRule",
    "get",
    "names",
    "parse",
    "preconditioned",
    "scipy_method",
    "searching",
    "update_rule",
]
