"""The fraud schemes of the city, one a file with its own knob."""
