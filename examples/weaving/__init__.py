"""A domain of one's own: weaves, as a loom of eight shafts makes them.

python train_agent.py --env examples.weaving:examples/WeaveDesign-v0 --timesteps 200000
"""

import gymnasium as gym

for name, works in (("WeaveDesign", 1), ("WeavePortfolio", 8)):
    gym.register(
        id=f"examples/{name}-v0",
        entry_point="examples.weaving.task:WeaveEnv",
        vector_entry_point="examples.weaving.task:WeaveVectorEnv",
        kwargs={"works": works},
    )
