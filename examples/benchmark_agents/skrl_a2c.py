"""A2C of skrl, another library: it takes Gymnasium's vector environments as they are."""

import torch
from skrl.agents.torch.a2c import A2C
from skrl.envs.wrappers.torch import wrap_env
from skrl.memories.torch import RandomMemory
from skrl.trainers.torch import SequentialTrainer
from skrl.utils.model_instantiators.torch import categorical_model, deterministic_model

NET = [{"name": "net", "input": "OBSERVATIONS", "layers": [256, 256], "activations": "tanh"}]
SILENT = {"write_interval": 0, "checkpoint_interval": 0}
QUIET = {"disable_progressbar": True, "headless": True, "close_environment_at_exit": False}


class SkrlA2C:
    """Advantage actor-critic of skrl, on flat observations."""

    observation = "flat"

    def train(self, context):
        torch.manual_seed(context.seed)
        env = wrap_env(context.make_vec_env(16), wrapper="gymnasium", verbose=False)
        spaces = {"observation_space": env.observation_space, "action_space": env.action_space}
        self.model = categorical_model(**spaces, network=NET, output="ACTIONS")
        critic = deterministic_model(**spaces, network=NET, output="ONE")
        cfg = {"rollouts": 32, "discount_factor": 1.0, "experiment": SILENT}
        memory = RandomMemory(memory_size=32, num_envs=16)
        a2c = A2C(models={"policy": self.model, "value": critic}, memory=memory, cfg=cfg, **spaces)
        trainer = SequentialTrainer(env=env, agents=a2c, cfg={"timesteps": context.budget, **QUIET})
        with context.until_spent():
            trainer.train()
        return self

    def reset(self, seed, count):
        torch.manual_seed(seed)

    def act(self, observation):
        return self.model.act({"observations": torch.tensor(observation)})[0][:, 0].numpy()
