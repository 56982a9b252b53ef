"""Proximal policy optimisation that encodes each work once for all its steps."""
