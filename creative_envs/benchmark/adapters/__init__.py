"""Agents made of what people already have: plain functions, and algorithms of libraries."""
