"""Models of patients, doctors and institutions at the ends of months, by one path for all three."""
