"""Watches the model that serves: drift, calibration, expected performance, the queue's precision, the random draws."""
