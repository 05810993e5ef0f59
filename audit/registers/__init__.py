"""Lets people look registers up and change them, with the history of every change."""
