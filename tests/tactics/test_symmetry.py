"""Why tactics have no symmetric demonstrations: their briefs name maps, and none is mirrored."""

import numpy as np
import pytest

from creative_envs.tactics.task import TacticTask


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_no_map_has_its_flanks_exchanged_in_another(split):
    task = TacticTask(split=split)
    terrain = task.reference.fields.terrain
    known = {field.tobytes() for field in terrain}
    assert len(known) == len(terrain)
    assert not known & {field[::-1].tobytes() for field in terrain}
    with pytest.raises(NotImplementedError, match="no symmetries"):
        task.symmetric_demonstrations(
            np.zeros((1, task.max_length), np.int64),
            np.ones(1, np.int32),
            task.draw_briefs(np.zeros(1, np.uint64)),
        )
