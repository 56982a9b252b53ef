"""Agents that make works: policies, training, evaluation and the page that shows the result.

Nothing is imported here, so that reading a command line does not wait for PyTorch.
"""
