"""Attackers of the score: searches, and canvases made to deceive it."""
