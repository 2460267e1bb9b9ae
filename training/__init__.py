"""The scripts that made the pocket models' weights in `assets/`: python -m training.<name>."""
