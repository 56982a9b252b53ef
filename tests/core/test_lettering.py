from __future__ import annotations

from creative_envs.core.lettering import drawable, fitted, font


def test_text_is_cut_to_a_width() -> None:
    assert fitted("short", 14, 200) == "short"
    cut = fitted("a much longer text than there is room for", 14, 100)
    assert cut.endswith("…")
    assert font(14).getlength(cut) <= 100
    assert drawable("Bàrd · Žofie 日") == "Bard · Zofie ?"
