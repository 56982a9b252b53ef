"""Works a score must not be taken in by: controls made by rule, and works found by search."""
