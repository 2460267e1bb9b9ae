"""Speed and quality, printed as tables: python -m benchmarks.<name>."""
