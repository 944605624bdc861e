"""Demand cells one at a time, by the sums of docs/architecture.md, in loops."""


def stepped(count, credit):
    """sum over m of credit_m times clip(N - m + 1, 0, 1)."""
    total = 0.0
    for m, worth in enumerate(credit, start=1):
        total += worth * min(1.0, max(0.0, count - m + 1))
    return total


def tracks_by_row(tracks, clear, members, always, scenario, target, window):
    """Usable tracks of each row and of the sensors that are always on, in one cell."""

    def of(contributors):
        return sum(
            int(tracks[c][target][window]) for c in contributors if clear[scenario][c][window]
        )

    return [of(row) for row in members], of(always)


def value(tracks, clear, members, always, row_weight, weight, credit):
    """Weighted mean over all cells of the credit of N, over the credit of many tracks.

    Also the weighted mean of min(1, N).
    """
    credited = covered = total = 0.0
    scenarios, targets, windows = len(clear), len(weight), len(clear[0][0])
    for s in range(scenarios):
        for n in range(targets):
            for w in range(windows):
                by_row, base = tracks_by_row(tracks, clear, members, always, s, n, w)
                count = base + sum(a * b for a, b in zip(by_row, row_weight, strict=True))
                credited += int(weight[n]) * stepped(count, credit)
                covered += int(weight[n]) * min(1.0, count)
                total += int(weight[n])
    return credited / total / sum(credit), covered / total
