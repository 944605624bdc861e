"""What a take costs, unit by unit."""


def yearly(breaks, subscription, minimum, quantity):
    """Add up the price of each unit: unit n costs the price of the last break below it.

    breaks: list of (from_quantity, price), whole numbers of units.
    """
    cost = subscription
    for unit in range(1, max(quantity, minimum) + 1):
        price = None
        for start, per_unit in breaks:
            if unit > start:
                price = per_unit
        cost += price
    return cost
