"""Fits, tests, registers and promotes a model."""
