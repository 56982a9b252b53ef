"""Patches as vector shapes: drawn once, rendered as pixels or as SVG."""
