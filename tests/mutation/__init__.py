"""Would the tests notice? Faults planted at random in scoring and masking code."""
