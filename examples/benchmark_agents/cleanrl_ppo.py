"""Proximal policy optimisation in one file, in the style of CleanRL: for any vector environment."""

import torch
from torch import nn
from torch.distributions import Categorical


def make_net(envs, hidden=256):
    inputs, actions = envs.single_observation_space.shape[0], envs.single_action_space.n
    return nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, actions + 1))


def look(net, obs):
    logits, value = net(obs).tensor_split([-1], dim=-1)
    return Categorical(logits=logits), value.squeeze(-1)


def ppo(envs, net, seed, steps=64, epochs=4, batch=512, gae_lambda=0.95, reward_scale=8.0):
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, eps=1e-5)
    obs = torch.tensor(envs.reset(seed=seed)[0])
    while True:  # until the environments refuse to go on
        rollout = []
        with torch.no_grad():
            for _ in range(steps):
                policy, value = look(net, obs)
                action = policy.sample()
                next_obs, reward, done, _, _ = envs.step(action.numpy())
                reward = torch.tensor(reward_scale * reward, dtype=torch.float32)
                goes_on = torch.tensor(~done)
                rollout.append((obs, action, policy.log_prob(action), value, reward, goes_on))
                obs = torch.tensor(next_obs)
            trace, advantages, following = 0.0, [], look(net, obs)[1]
            for *_, value, reward, goes_on in reversed(rollout):  # without discount
                trace = reward - value + goes_on * (following + gae_lambda * trace)
                advantages.insert(0, trace)
                following = value
        seen, taken, before, values, *_ = (torch.cat(part) for part in zip(*rollout, strict=True))
        advantage = torch.cat(advantages)
        for _ in range(epochs):
            for rows in torch.randperm(len(taken)).split(batch):
                policy, value = look(net, seen[rows])
                ratio = (policy.log_prob(taken[rows]) - before[rows]).exp()
                gain = (advantage[rows] - advantage[rows].mean()) / (advantage[rows].std() + 1e-8)
                policy_loss = -torch.min(ratio * gain, ratio.clamp(0.8, 1.2) * gain).mean()
                value_loss = (value - (advantage + values)[rows]).square().mean()
                loss = policy_loss + 0.5 * value_loss - 0.01 * policy.entropy().mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(net.parameters(), 0.5)
                optimizer.step()
