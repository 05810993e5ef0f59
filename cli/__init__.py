"""Turns words on a command line into calls: one file a group of commands, listed in `main.COMMANDS`."""
