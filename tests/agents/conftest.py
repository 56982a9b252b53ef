"""Networks of tests are tiny: one thread serves them best, above all beside other tests."""

import torch

torch.set_num_threads(1)
