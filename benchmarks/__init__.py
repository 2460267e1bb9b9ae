"""Speed and quality, printed as tables: python -m benchmarks.<name>."""

# it says what is missing, in one sentence, before a benchmark's own imports do
import core  # noqa: F401
