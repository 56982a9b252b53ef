"""The image-patch environments; their docstring is their page in the documentation."""

from __future__ import annotations

from typing import Any, ClassVar

from creative_envs.core.env import CreativeEnv
from creative_envs.core.vector import CreativeVectorEnv
from creative_envs.patches.task import PatchTask


class PatchEnv(CreativeEnv):
    """Compose a picture out of patches, to a brief."""

    task_type = PatchTask
    metadata: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "render_modes": list(PatchTask.render_modes),
        "render_fps": 4,
    }


class PatchVectorEnv(CreativeVectorEnv):
    """Native vector form of `PatchEnv`: N canvases stepped by one kernel call."""

    task_type = PatchTask
