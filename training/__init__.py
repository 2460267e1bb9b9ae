"""The scripts that made the pocket models' weights in `assets/`: python -m training.<name>."""

# as benchmarks/__init__.py has it
import core  # noqa: F401
