"""Turns feature columns into calibrated risk, reasons and a proposed action."""
