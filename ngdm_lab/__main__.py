"""`python -m ngdm_lab` is `ngdm-lab`."""

from ngdm_lab.cli.main import run

run()
