"""The audit of the craft score, and the independent judge that no reward uses."""
