from .save import save
from .style import style
from .trajectories import trajectories
