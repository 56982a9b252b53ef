"""Search for good tactics, and tricks that should not pay."""
