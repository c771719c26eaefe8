"""What the arithmetic of working time refuses. All are `ValueError`s: the services turn them into answers."""


class WorkingTimeError(ValueError):
    """What was asked has no answer; the message says why."""


class NeverOpens(WorkingTimeError):
    """The calendar has no opening left in which the target could be worked, so there is no due time."""


class UnknownYear(WorkingTimeError):
    """The count would run through a local date of a year whose holidays are not known.

    Services then plan on weekly hours alone and mark the clock provisional; a guess is never made here.
    """

    def __init__(self, year: int) -> None:
        super().__init__(f"the holidays of {year} are not known")
        self.year = year
