"""The lines that daemon.py prints, and what they are made of."""
import json
import statistics

missed = []  # benches


def tell(bench, bar=None, value=None, at_least=True, **figures):
    """One line; value is what the bar is for."""
    line = {"bench": bench, **figures}
    if bar is not None:
        line["bar"] = bar
        line["met"] = value >= bar if at_least else value <= bar
        if not line["met"]:
            missed.append(bench)
    print(json.dumps(line), flush=True)


def skipped(bench, why):
    print(json.dumps({"bench": bench, "skipped": why}), flush=True)


def median(values, digits=2):
    return round(statistics.median(values), digits)


def figures(runs):
    return {name: median([run[name] for run in runs], digits)
            for name, digits in (("per_second", 0), ("server_us", 2), ("client_us", 2), ("p50_us", 1), ("p99_us", 1),
                                 ("p999_us", 1))}


def ratios(found, name, baseline, what="per_second"):
    return [own[what] / other[what] for own, other in zip(found[name], found[baseline])]
