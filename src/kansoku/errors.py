"""What the user can mend, as exceptions that the command line turns into exit status 2."""


class KansokuError(Exception):
    """Says what is wrong with the value found, where, and how to mend it."""


class ConfigError(KansokuError):
    """A study configuration that cannot be run as written."""


class TargetsError(KansokuError):
    """A catalogue, or a record of one, that cannot be read."""


class NetworkError(KansokuError):
    """A site, sensor, partner or arrangement that is unknown or contradictory."""


class EphemerisError(KansokuError):
    """A time or an epoch outside what the ephemeris covers."""


class CoverageError(KansokuError):
    """A demand that cannot be expressed on the given windows."""


class DesignError(KansokuError):
    """A design question without an answer, such as a floor out of reach."""


class BackendError(KansokuError):
    """A compute backend that was asked for and does not answer."""


class CubeError(KansokuError):
    """A result that cannot be written or read."""


class MissingExtraError(KansokuError):
    """An optional dependency that the command needs; the message holds the install command."""
