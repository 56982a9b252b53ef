"""One model of several domains: does what is learned of one help another, and is it forgotten?

``python -m agents.joint --out FOLDER`` trains policies of melodies, patches and tactics whose
transformer blocks are the same, and compares four ways to do so, each with the same environment
steps for every domain: "alone" (nothing is shared), "joint" (rollouts of all domains in turn),
"in-turn" (one domain after the other) and "rehearsal" (the same, with a share of each later stage
for the domains before). An arm of a seed that is finished is not trained again.
"""
