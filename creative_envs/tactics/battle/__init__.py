"""The battle engine: integers only, so that a battle is the same bit for bit everywhere.

A tick: every squad looks about and chooses a target (`sight`); all strike at once (`strikes`);
squads move one after another (`movement`); control of the field is counted (`tally`). `engine` puts
these together and fights batches of battles.
"""
