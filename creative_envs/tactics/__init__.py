"""Strategy-game tactic design: an army, its deployment and its orders, tried in battle."""
