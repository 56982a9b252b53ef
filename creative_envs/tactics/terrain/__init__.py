"""Where battles are fought: terrain, what it costs to cross it, and a generator of maps."""
