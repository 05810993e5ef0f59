"""How rules write amounts and places in their sentences."""


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals.

    >>> yuan(123456), yuan(-5)
    ('1,234.56', '-0.05')
    """
    sign, whole = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{whole // 100:,}.{whole % 100:02d}"


def micro_yuan(price: int) -> str:
    """A unit price in yuan, with as many decimals as it has but at least two.

    >>> micro_yuan(12_500_000), micro_yuan(12_345_600)
    ('12.50', '12.3456')
    """
    whole, part = divmod(price, 1_000_000)
    decimals = f"{part:06d}".rstrip("0")
    return f"{whole}.{decimals:0<2}"
