"""The errors a user can mend. Everything else is a defect and keeps its traceback."""


class UserError(Exception):
    """A condition the user can mend.

    The message is one sentence that names the setting, file, line or hour at fault and says
    what to do. Commands print it and exit with a status other than 0.
    """


class ConfigError(UserError):
    """A setting is missing, misspelt or out of range."""


class DataError(UserError):
    """The data cannot be read or do not fit the experiment."""


class StudyError(UserError):
    """A study cannot be started or taken up."""


class SweepError(StudyError):
    """A study that was under way cannot be finished; what it has is kept."""


class DiskFullError(UserError):
    """No space is left; what is written already is whole."""
