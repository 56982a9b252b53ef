"""Is learning real, and which variant learns better? Several seeds of several variants.

``python -m agents.study --seeds 5 --out FOLDER`` trains seeds 0 to 4 of ``train_agent.py``'s
settings; ``--variant NAME:key=value,key=value``, repeated, compares settings. Every seed is a run
of its own in ``FOLDER/NAME/seed<k>``: it can be resumed, and is not trained again once finished.
"""
