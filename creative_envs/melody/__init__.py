"""Melody composition: write a tune that is good, new, and what the brief asks for."""
