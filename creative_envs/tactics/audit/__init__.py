"""Checks of the domain that take longer than a test, each to be run as a command."""
