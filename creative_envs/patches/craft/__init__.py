"""Craft: how well a composition is made, measured on tile tables."""
