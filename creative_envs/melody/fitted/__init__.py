"""What fitted models share: small networks trained in numpy and Numba, and their stored files."""
