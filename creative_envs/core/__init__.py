"""What all domains share: the task protocol, the environments over it, and their checks."""
