"""Agents that make works: policies, training, evaluation and the page that shows the result.

Nothing heavy is imported here, so that reading a command line does not wait for PyTorch.
"""

import os

# Rounds that PyTorch's OpenMP threads wait busily, read when PyTorch is loaded. With the usual
# 300,000, small networks on a busy machine train 5 times slower on two threads than on one.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
