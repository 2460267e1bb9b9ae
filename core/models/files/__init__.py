"""Where weights are on this machine, how they get here, and whether their bytes are right."""
