"""What `ngdm_lab.nets` exports: read by type checkers and, at run time, by `ngdm_lab.lazy`."""

from ngdm_lab.experiments.net_race.contenders import Contender as Contender
from ngdm_lab.experiments.net_race.race import race as race
from ngdm_lab.experiments.net_race.result import NetRace as NetRace

from . import data as data
from . import presets as presets
from .groups import Group as Group
from .layers.activations import ReLU as ReLU
from .layers.activations import Sigmoid as Sigmoid
from .layers.activations import Tanh as Tanh
from .layers.base import Layer as Layer
from .layers.batch_norm import BatchNorm as BatchNorm
from .layers.conv2d import Conv2D as Conv2D
from .layers.dense import Dense as Dense
from .layers.dropout import Dropout as Dropout
from .layers.flatten import Flatten as Flatten
from .layers.gru import GRU as GRU
from .layers.lstm import LSTM as LSTM
from .layers.max_pool import MaxPool2D as MaxPool2D
from .layers.simple_rnn import SimpleRNN as SimpleRNN
from .metric import Impossible as Impossible
from .metric import Metric as Metric
from .metric import metrics as metrics
from .model import Model as Model
from .models import cifar_cnn as cifar_cnn
from .models import gru_forecaster as gru_forecaster
from .models import lenet5 as lenet5
from .models import lstm_forecaster as lstm_forecaster
from .models import mlp as mlp
from .models import rnn_forecaster as rnn_forecaster
from .training.fit import fit as fit
from .training.history import Fit as Fit
from .training.schedules import Cosine as Cosine
from .training.schedules import StepDecay as StepDecay
from .training.update import Update as Update
