"""Layers, one file each; `ngdm_lab.nets` exports them."""
