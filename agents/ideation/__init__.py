"""Making many works and choosing well: brainstorming (divergent), then focus (convergent).

`brainstorm` samples candidates over a spread of temperatures and novelty weights and keeps good
ones that lie far apart; `focus` refines one of them by masking a span of its tokens and having the
policy write it anew. ``python -m agents.ideation`` measures both against plain sampling.
"""
