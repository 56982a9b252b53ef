"""Whom tactics are tried against: a book of archetypes, a generated population, evolved ones."""
