"""YAML as settings are written in it: plain values, read without trusting who wrote them."""

from __future__ import annotations

from typing import Any

import yaml


class _PlainLoader(yaml.SafeLoader):
    """Makes plain values alone, and no aliases: a short text of those can stand for a vast one."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("write values out instead of naming others as *aliases")
        return super().compose_node(parent, index)


class _PlainDumper(yaml.SafeDumper):
    """Writes values out wherever they are, as `_PlainLoader` wants them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def read_yaml(text: str) -> Any:
    """The value a text stands for: mappings, lists, text, numbers, dates, true, false and null.

    Raises:
        yaml.YAMLError: It is no YAML, names other types or aliases, or is nested too deeply.
    """
    loader = _PlainLoader(text)
    try:
        return loader.get_single_data()
    except (RecursionError, ValueError, LookupError, AttributeError) as error:
        raise yaml.YAMLError(f"nested too deeply, or a value that cannot be: {error}") from error
    finally:
        loader.dispose()


def write_yaml(settings: dict[str, Any]) -> str:
    """Text from which `read_yaml` reads the same, in the same order."""
    return yaml.dump(settings, Dumper=_PlainDumper, sort_keys=False)
