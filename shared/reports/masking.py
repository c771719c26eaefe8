"""Names, plates and numbers as a report shows them: enough to know one's own case by (R9.2). Pure."""

from shared.web.formatting import masked_phone

_STARS = "***"
_SHORTEST_PLATE = 6


def masked_name(name: str) -> str:
    """The first character of each of the first two words, the rest hidden: `张*`, `J* S*`."""
    return " ".join(f"{word[0]}*" for word in name.split()[:2])


def masked_plate(plate: str) -> str:
    """A plate with its middle hidden: `测A·1***5`; of a short one only the first character is left."""
    if not plate:
        return ""
    if len(plate) < _SHORTEST_PLATE:
        return plate[0] + _STARS
    mark = "" if plate[0].isascii() else "·"
    return f"{plate[:2]}{mark}{plate[2]}{_STARS}{plate[-1]}"


def masked_number(phone: str) -> str:
    """A telephone number with its middle hidden, empty when there is none."""
    return masked_phone(phone) if phone else ""
