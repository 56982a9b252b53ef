"""What squads of each type can do: the unit table, and the search that balances it."""
