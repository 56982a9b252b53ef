"""Libraries of patches: procedural, built in, and cut out of the user's own pictures."""
