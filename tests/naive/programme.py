"""Programmes over fiscal years by loops over dicts and lists, and by exhaustive search.

Written from the formulation, sections 3 to 5. A case is a dict of lists (tests/programme_cases.py);
None stands for no site, no partner and so on, tiers are counted from 1, years from 0. A decision is
a dict: `ordered` (year or None by sensor), `kept` and `in_force` (bool by sensor or arrangement and
year) and `tasked`, the set of (sensor, partner, year) in which a partner may use track slots.
"""

import itertools

from naive.design import coverage

TRACKS = 4
CENT = 1e-7
OURS = (frozenset(), None)
NOTHING_LATE = (frozenset(), 0)  # sensors that come late, and by how many years


def price(case, t):
    """Prices of a year over the base; years after the last cost as the last."""
    return case["prices"][min(t, case["years"] - 1)]


def payments(case, i, tau):
    """(year, amount) of all payments of an order."""
    return [
        (tau + s, amount * price(case, tau + s))
        for s, amount in enumerate(case["sensors"][i]["payments"])
    ]


# --- what a decision leads to


def runs(case, decision, i, t):
    """Whether sensor i is in service in year t."""
    sensor, tau = case["sensors"][i], decision["ordered"][i]
    if sensor["standing"]:
        return t < sensor["life"] and (not sensor["retirable"] or decision["kept"][i][t])
    return tau is not None and tau + sensor["lead"] <= t < tau + sensor["lead"] + sensor["life"]


def there_in_time(case, decision, i, t, late):
    """Whether an order is delivered by year t although some sensors come years late."""
    sensors, years = late
    sensor, tau = case["sensors"][i], decision["ordered"][i]
    if i not in sensors or sensor["standing"] or tau is None:
        return True
    return t >= tau + sensor["lead"] + years


def starts(case, decision, r, t):
    """Whether arrangement r begins to be in force in year t."""
    before = decision["in_force"][r][t - 1] if t > 0 else case["arrangements"][r]["in_force"]
    return decision["in_force"][r][t] and not before


def signs(case, decision, r, t):
    """Whether arrangement r is signed in year t: it starts when its lead has passed."""
    begin = t + case["arrangements"][r]["lead"]
    return begin < case["years"] and starts(case, decision, r, begin)


def site_open(case, decision, s, t):
    """A site opens with the first order for it, and stays open."""
    return any(
        tau is not None and tau <= t and case["sensors"][i]["site"] == s
        for i, tau in enumerate(decision["ordered"])
    )


def spent(case, decision, f, t):
    """Payments, running costs, openings, setups and fees of a purse in a year."""
    total = 0.0
    for i, sensor in enumerate(case["sensors"]):
        if sensor["purse"] == f:
            if decision["ordered"][i] is not None:
                bills = payments(case, i, decision["ordered"][i])
                total += sum(amount for year, amount in bills if year == t)
            total += sensor["opex"] * price(case, t) * runs(case, decision, i, t)
    for s, site in enumerate(case["sites"]):
        was_open = t > 0 and site_open(case, decision, s, t - 1)
        if site["purse"] == f and site_open(case, decision, s, t) and not was_open:
            total += site["opening"] * price(case, t)
    for r, agreed in enumerate(case["arrangements"]):
        if agreed["purse"] == f:
            total += agreed["setup"] * price(case, t) * signs(case, decision, r, t)
            total += agreed["fee"] * price(case, t) * decision["in_force"][r][t]
    return total


def committed(case, decision, f, t):
    """All that the orders and starts of a year will cost: payments, setup and fees of the term."""
    total = 0.0
    for i, tau in enumerate(decision["ordered"]):
        if tau == t and case["sensors"][i]["purse"] == f:
            total += sum(amount for _, amount in payments(case, i, tau))
    for r, agreed in enumerate(case["arrangements"]):
        if agreed["purse"] == f and signs(case, decision, r, t):
            begin = t + agreed["lead"]
            fees = [agreed["fee"] * price(case, begin + k) for k in range(agreed["term"])]
            total += agreed["setup"] * price(case, t) + sum(fees)
    return total


def overdrawn(case, decision, f):
    """Whether a purse cannot pay; what is left is carried as far as allowed, the rest lapses."""
    purse = case["purses"][f]
    carried = purse["carried_in"]
    for t in range(case["years"]):
        left = purse["budget"][t] + carried - spent(case, decision, f, t)
        if left < -CENT:
            return True
        carried = min(max(left, 0.0), purse["carry_limit"])
    return False


def owed_after(case, decision, f):
    """Payments of orders, and fees of terms, that fall due after the last year."""
    orders = sum(
        amount
        for i, tau in enumerate(decision["ordered"])
        if tau is not None and case["sensors"][i]["purse"] == f
        for year, amount in payments(case, i, tau)
        if year >= case["years"]
    )
    fees = sum(
        agreed["fee"] * price(case, t + agreed["lead"] + k)
        for r, agreed in enumerate(case["arrangements"])
        for t in range(case["years"])
        if agreed["purse"] == f and signs(case, decision, r, t)
        for k in range(agreed["term"])
        if t + agreed["lead"] + k >= case["years"]
    )
    return orders + fees


# --- which decisions are possible


def possible_order(case, i, tau):
    """Within its years, and in service before the end."""
    sensor = case["sensors"][i]
    return (
        not sensor["standing"]
        and sensor["earliest"] <= tau <= sensor["latest"]
        and tau + sensor["lead"] <= case["years"] - 1
    )


def order_kept(case, decision, i):
    """One order in a possible year; retired for good; nothing is kept that is not ours to keep."""
    sensor, tau = case["sensors"][i], decision["ordered"][i]
    if tau is not None and not possible_order(case, i, tau):
        return False
    kept = decision["kept"][i]
    if not (sensor["standing"] and sensor["retirable"]):
        return not any(kept)
    if any(kept[sensor["life"] :]):
        return False
    return all(kept[t - 1] or not kept[t] for t in range(1, case["years"]))


def crowded(case, decision, t):
    """Whether a mount has two sensors in service, or a site more than it has room for."""
    there, mounted = {}, {}
    for i, sensor in enumerate(case["sensors"]):
        if runs(case, decision, i, t):
            there[sensor["site"]] = there.get(sensor["site"], 0) + 1
            mounted[sensor["mount"]] = mounted.get(sensor["mount"], 0) + 1
    if any(count > 1 for mount, count in mounted.items() if mount is not None):
        return True
    return any(count > case["sites"][s]["most"] for s, count in there.items() if s is not None)


def host_agrees(case, decision, t):
    return all(
        decision["in_force"][sensor["host"]][t]
        for i, sensor in enumerate(case["sensors"])
        if sensor["host"] is not None and runs(case, decision, i, t)
    )


def lasts(case, decision, r):
    """An arrangement runs for its term, and one in force at the beginning for its notice."""
    agreed, active = case["arrangements"][r], decision["in_force"][r]
    if agreed["in_force"] and not all(active[: agreed["notice"]]):
        return False
    return all(
        t >= agreed["lead"] and all(active[t : t + agreed["term"]])
        for t in range(case["years"])
        if starts(case, decision, r, t)
    )


def asked_for(agreed, t):
    """Whether an arrangement must be in force in a year."""
    return agreed["asked"] is not None and t >= agreed["asked"]


def goes_together(case, decision, t):
    """All that is asked for is in force, of all that is needed one of each group, of rivals one."""
    active = {r for r, years in enumerate(decision["in_force"]) if years[t]}
    needs = [group for r in active for group in case["arrangements"][r]["needs"]]
    met = all(active & set(group) for group in needs)
    asked = {r for r, agreed in enumerate(case["arrangements"]) if asked_for(agreed, t)}
    met = met and asked <= active
    return met and all(len(active & set(group)) <= 1 for group in case["excludes"])


def purchases_spread(case, decision):
    """No supplier country has more than its share of all purchases, and its allowance."""
    bought = {}
    for i, tau in enumerate(decision["ordered"]):
        if tau is not None:
            sensor = case["sensors"][i]
            country = sensor["supplier"]
            bought[country] = bought.get(country, 0.0) + sum(sensor["payments"])
    return all(
        bought.get(g, 0.0) <= c["share"] * sum(bought.values()) + c["allowance"] + CENT
        for g, c in enumerate(case["suppliers"])
    )


def staffed(case, decision, f, t):
    busy = sum(
        sensor["staff"]
        for i, sensor in enumerate(case["sensors"])
        if sensor["purse"] == f and runs(case, decision, i, t)
    )
    return busy <= case["purses"][f]["staff"][t] + CENT


def tasks(case, decision, i, p, t):
    """Whether a partner takes track slots of a sensor: promised, and tracks are given to it."""
    return (
        (i, p, t) in decision["tasked"]
        and case["sensors"][i]["ceiling"][p] >= TRACKS
        and case["tiers"] >= TRACKS
        and tier_given(case, decision, p, t) >= TRACKS
    )


def slots_left(case, decision, i, t):
    """Partners take no more slots of a sensor than are not reserved, and none out of service."""
    sensor = case["sensors"][i]
    taken = sum(
        sensor["slots"][p] for p in range(case["partners"]) if tasks(case, decision, i, p, t)
    )
    return taken <= (1.0 - sensor["reserve"]) * runs(case, decision, i, t) + CENT


def allowed(case, decision):
    """Whether a decision keeps every limit that does not speak of coverage."""
    years, purses = range(case["years"]), range(len(case["purses"]))
    sensors = range(len(case["sensors"]))
    return (
        all(order_kept(case, decision, i) for i in sensors)
        and all(lasts(case, decision, r) for r in range(len(case["arrangements"])))
        and all(goes_together(case, decision, t) for t in years)
        and all(host_agrees(case, decision, t) for t in years)
        and not any(crowded(case, decision, t) for t in years)
        and purchases_spread(case, decision)
        and all(staffed(case, decision, f, t) for f in purses for t in years)
        and all(owed_after(case, decision, f) <= case["purses"][f]["tail"] + CENT for f in purses)
        and all(
            committed(case, decision, f, t) <= case["purses"][f]["authority"][t] + CENT
            for f in purses
            for t in years
        )
        and not any(overdrawn(case, decision, f) for f in purses)
        and all(slots_left(case, decision, i, t) for i in sensors for t in years)
    )


# --- who sees what


def fallen(case, void):
    """Arrangements that are void, those left without anything that meets a need, and so on."""
    down = set(void)
    for _ in case["arrangements"]:
        for r, agreed in enumerate(case["arrangements"]):
            if any(set(group) <= down for group in agreed["needs"]):
                down.add(r)
    return down


def tier_received(case, decision, p, t, down=(), only=lambda agreed: True):
    """Richest tier that arrangements still standing bring from a partner, 0 for none."""
    return max(
        (
            agreed["received"][p]
            for r, agreed in enumerate(case["arrangements"])
            if decision["in_force"][r][t] and r not in down and only(agreed)
        ),
        default=0,
    )


def tier_given(case, decision, p, t):
    return max(
        (
            agreed["given"][p]
            for r, agreed in enumerate(case["arrangements"])
            if decision["in_force"][r][t]
        ),
        default=0,
    )


def tier_released(case, decision, i, p, t):
    """Richest tier of a sensor that a partner gets, its ceiling and its slots respected."""
    sensor = case["sensors"][i]
    tier = min(sensor["ceiling"][p], tier_given(case, decision, p, t))
    if sensor["slots"][p] > 0 and not tasks(case, decision, i, p, t):
        tier = min(tier, TRACKS - 1)
    return tier


def worth_at(profile, tier):
    return profile[tier - 1] if tier > 0 else 0.0


def weight_for_us(case, decision, row, down, late, t):
    """A sensor in service, there in time, its host not fallen; a partner's data by tier."""
    counts = 1.0
    if row["sensor"] is not None:
        host = case["sensors"][row["sensor"]]["host"]
        counts *= runs(case, decision, row["sensor"], t) and host not in down
        counts *= there_in_time(case, decision, row["sensor"], t, late)
    if row["partner"] is not None:
        tier = tier_received(case, decision, row["partner"], t, down)
        counts *= worth_at(row["profile"], tier)
    return counts


def weight_for_partner(case, decision, row, p, t):
    """Its own rows; our sensors as released; others' data as far as it may be passed on."""
    if row["partner"] == p:
        return 1.0 if row["sensor"] is None else float(runs(case, decision, row["sensor"], t))
    if row["partner"] is None and row["sensor"] is not None:
        tier = tier_released(case, decision, row["sensor"], p, t)
        return worth_at(case["worth_given"][p], tier) * runs(case, decision, row["sensor"], t)
    if row["partner"] is not None and row["sensor"] is None:
        got = tier_received(case, decision, row["partner"], t, only=lambda a: a["onward"])
        tier = min(got, tier_given(case, decision, p, t))
        return worth_at(case["worth_given"][p], tier) * worth_at(row["profile"], tier)
    return 0.0


def weights(case, decision, view, t):
    """How much each row counts in a view (void arrangements, partner, what is late) in a year."""
    void, partner, late = view if len(view) == 3 else (*view, NOTHING_LATE)
    down = fallen(case, void)
    return [
        weight_for_us(case, decision, row, down, late, t)
        if partner is None
        else weight_for_partner(case, decision, row, partner, t)
        for row in case["rows"]
    ]


# --- what it is worth


def worst_mean(values, probability, gamma):
    """Mean of the worst share 1 - gamma of the draws."""
    share, total = 1.0 - gamma, 0.0
    for value, chance in sorted(zip(values, probability, strict=True)):
        part = min(chance, share)
        total, share = total + part * value, share - part
    return total / (1.0 - gamma)


def covered(aim, seen):
    """Coverage by tracks, or by independent sources where the aim names that of each row."""
    if "sources" not in aim:
        return coverage(*aim["cells"], seen)
    values, base, weight, total_weight, credit = aim["cells"]
    assert not any(base)
    earned = 0.0
    for d in range(len(weight)):
        tracks = {}
        for j, source in enumerate(aim["sources"]):
            tracks[source] = tracks.get(source, 0.0) + values[j][d] * seen[j]
        together = sum(
            min(count, 1.0) * (len(credit) if source == aim["own"] else 1)
            for source, count in tracks.items()
        )
        earned += weight[d] * sum(
            phi * min(max(together - m, 0.0), 1.0) for m, phi in enumerate(credit)
        )
    return earned / (total_weight * sum(credit))


def score(case, decision, known):
    """The objective, None where a floor or a promise is missed; `known` keeps coverages."""
    reached = []
    for number, aim in enumerate(case["aims"]):
        seen = tuple(weights(case, decision, aim["view"], aim["year"]))
        if (number, seen) not in known:
            known[number, seen] = covered(aim, seen)
        reached.append(known[number, seen])
        if reached[-1] < aim["floor"] - 1e-9:
            return None
    for promise in case["promises"]:
        year = case["aims"][promise["aim"]]["year"]
        in_force = decision["in_force"][promise["arrangement"]][year]
        if reached[promise["aim"]] < promise["base"] + promise["need"] * in_force - 1e-9:
            return None
    total = sum(aim["worth"] * value for aim, value in zip(case["aims"], reached, strict=True))
    for tail in case["tails"]:
        values = [reached[number] for number in tail["aims"]]
        total += tail["worth"] * worst_mean(values, tail["probability"], tail["gamma"])
    return total


# --- all decisions


def ways_with_sensor(case, i):
    """(year of the order, kept by year) of one sensor."""
    sensor, years = case["sensors"][i], case["years"]
    if sensor["standing"] and sensor["retirable"]:
        most = min(sensor["life"], years)
        return [(None, tuple(t < n for t in range(years))) for n in range(most + 1)]
    never = (False,) * years
    orders = [tau for tau in range(years) if possible_order(case, i, tau)]
    return [(tau, never) for tau in (None, *orders)]


def ways_with_arrangement(case, r):
    patterns = itertools.product((False, True), repeat=case["years"])
    rest = [None] * len(case["arrangements"])
    return [p for p in patterns if lasts(case, {"in_force": {**dict(enumerate(rest)), r: p}}, r)]


def ways_with_tasks(case, decision):
    """Sets of (sensor, partner, year) to which no more can be added: more releases never harm."""
    gaining = sorted({aim["view"][1] for aim in case["aims"]} - {None})
    places = []
    for i, sensor in enumerate(case["sensors"]):
        for t in range(case["years"]):
            every = {(i, p, t) for p in gaining if sensor["slots"][p] > 0}
            trial = {**decision, "tasked": every}
            takers = [e for e in sorted(every) if tasks(case, trial, *e)]
            if takers and runs(case, decision, i, t):
                places.append(most_tasks(case, decision, takers))
    for chosen in itertools.product(*places):
        yield frozenset().union(*chosen)


def most_tasks(case, decision, takers):
    i, _, t = takers[0]
    subsets = [
        frozenset(some)
        for n in range(len(takers) + 1)
        for some in itertools.combinations(takers, n)
        if slots_left(case, {**decision, "tasked": set(some)}, i, t)
    ]
    return [s for s in subsets if not any(s < other for other in subsets)]


def decisions(case):
    """Every allowed decision, as far as tasking goes the largest ones."""
    by_sensor = [ways_with_sensor(case, i) for i in range(len(case["sensors"]))]
    by_arrangement = [ways_with_arrangement(case, r) for r in range(len(case["arrangements"]))]
    agreed = [
        in_force
        for in_force in itertools.product(*by_arrangement)
        if all(goes_together(case, {"in_force": in_force}, t) for t in range(case["years"]))
    ]
    for sensors in itertools.product(*by_sensor):
        ordered, kept = [tau for tau, _ in sensors], [years for _, years in sensors]
        for in_force in agreed:
            decision = {"ordered": ordered, "kept": kept, "in_force": in_force, "tasked": set()}
            if allowed(case, decision):
                for tasked in ways_with_tasks(case, decision):
                    yield {**decision, "tasked": tasked}


def best(case):
    """Return the best objective over all decisions, None where there is none."""
    known = {}
    scores = [score(case, decision, known) for decision in decisions(case)]
    return max((s for s in scores if s is not None), default=None)
