"""What the national rule library declares, whether or not a check stands behind it yet."""
