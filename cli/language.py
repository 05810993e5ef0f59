"""The languages in which commands show reasons."""

import os
from enum import StrEnum


class Language(StrEnum):
    """Chinese or English."""

    zh = "zh"
    en = "en"


def of_terminal() -> Language:
    """The terminal's language: Chinese where the locale says so, else English."""
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return Language.zh if locale.lower().startswith("zh") else Language.en
