"""The gallery: works of the shipped models, references and random play, to see and to hear.

``python -m agents.exhibition`` writes its pages, ``make gallery`` calls that. Which works are shown
is decided by a rule and a seed, not by taste, and the rule is told on every page.
"""
