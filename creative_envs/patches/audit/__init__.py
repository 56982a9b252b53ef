"""Independent opinions on compositions, which no reward uses."""
