"""Money as people read and type it: whole minor units inside, major units outside. Pure."""

from decimal import Decimal, InvalidOperation

from babel.numbers import format_currency, get_currency_precision

from shared.web.locale import Locale


def money(amount_minor: int, currency: str, locale: Locale) -> str:
    """An amount with its currency's sign: `¥3,000.00`; `amount_minor` is in fen, cents (ISO 4217)."""
    amount = Decimal(amount_minor).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale=locale.catalogue)


def major_units(amount_minor: int, currency: str) -> str:
    """An amount as it is typed: `3000` or `3000.50`, without sign."""
    precision = get_currency_precision(currency)
    amount = Decimal(amount_minor).scaleb(-precision)
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:.{precision}f}"


def minor_units(text: str, currency: str) -> int | None:
    """What was typed in major units (`3,000.50`) as whole minor units; None when it is no such amount."""
    try:
        amount = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    if not amount.is_finite() or abs(amount) > 10**12:
        return None
    scaled = amount.scaleb(get_currency_precision(currency))
    return int(scaled) if scaled == scaled.to_integral_value() else None
