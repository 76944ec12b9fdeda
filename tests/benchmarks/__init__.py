"""Measurements: `make bench` prints them; nothing here runs among the ordinary tests."""
