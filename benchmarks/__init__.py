"""Benchmarks of Rapide against FastAPI: the same application files on both."""
