"""One family of errors: each says what happened, what was expected and what to do next."""


class YichaError(Exception):
    """Base of every error that a user may meet; its text is the whole message, without personal data."""


class BadSetting(YichaError):
    """A setting or a path given by the user cannot be used."""


class BadFile(YichaError):
    """An input file as a whole cannot be read (missing, empty, wrong columns, wrong encoding)."""


class BadMapping(YichaError):
    """A mapping file is malformed, or names a column that the source does not have."""


class KeyFileGone(YichaError):
    """The pseudonym key that made the stored identifiers is not where it was; a new one must not replace it."""


class StoreDown(YichaError):
    """The database cannot be reached or refused us."""


class NotBuilt(YichaError):
    """A step needs the result of an earlier step that is missing or older than the claims in the store."""


class OutOfOrder(YichaError):
    """Rows would be placed before what was already decided or built on."""


class NoChampion(YichaError):
    """Nothing was promoted yet, so there is no model to score with."""


class BadBundle(YichaError):
    """A model bundle is incomplete, altered, or expects other features than those offered."""


class NotEnoughData(YichaError):
    """Training or judging was asked on data that cannot support it (one class only, no verdicts, no rows)."""


class NoVerdicts(NotEnoughData):
    """No verdict stands on any settlement, so that nothing can be learned from reviewers yet."""


class Conflict(YichaError):
    """A known id arrived again with another content."""


class NotFound(YichaError):
    """The thing that was named does not exist."""


class Refused(YichaError):
    """The caller may not do this."""
