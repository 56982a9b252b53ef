"""The causal transformer, its sampling cache, and the heads that choose actions."""
