"""Links patients, doctors and pharmacies and finds the groups that move together."""
