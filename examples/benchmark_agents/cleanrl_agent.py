"""How `cleanrl_ppo`, a script in the style of CleanRL, enters the benchmark it knows nothing of."""

import torch
from cleanrl_ppo import look, make_net, ppo


class CleanRLPPO:
    """PPO in a single file, on flat observations."""

    observation = "flat"

    def train(self, context):
        torch.manual_seed(context.seed)
        envs = context.make_vec_env(32)
        self.net = make_net(envs)
        with context.until_spent():
            ppo(envs, self.net, context.seed)
        return self

    def reset(self, seed, count):
        torch.manual_seed(seed)

    @torch.no_grad()
    def act(self, observation):
        return look(self.net, torch.tensor(observation))[0].sample().numpy()
