"""The constants of the priced cases, measured: `python scripts/cases DATA SE`, or NE.

Everything is of 2018-2021, prices of 2020-2021 (CMO is published half-hourly from 2020 on): the
test year is never read. It prints what conf/dispatch/se.yaml and ne_wind.yaml hold.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from hpo_exp.data.cmo import CMO, read_cmo

BLOCKS = ((0.001, 0.25), (0.25, 0.75), (0.75, 0.999))
"""Thermal blocks by the quantiles of thermal generation that they lie between."""
NEIGHBOUR = {"SE": "NE", "NE": "SE"}


def main(root: Path, subsystem: str) -> None:
    """Print the constants."""
    balance = _balance(root, subsystem)
    price = _price(root, subsystem)
    neighbour = _price(root, NEIGHBOUR[subsystem])
    hydro, thermal, exports = (
        balance[f"val_{name}"] for name in ("gerhidraulica", "gertermica", "intercambio")
    )
    change = hydro.diff()
    show = {
        "hydro minimum, maximum (0.1 and 99.9 %)": hydro.quantile([0.001, 0.999]),
        "hydro ramp up, down (99.9 and 0.1 % of changes)": change.quantile([0.999, 0.001]),
        "hydro price: mean CMO": price.mean(),
        "budget: a day's hydro (99 %)": hydro.resample("D").sum(min_count=24).quantile(0.99),
        "export (99.9 %), import (5 %)": exports.quantile([0.999, 0.05]),
        "import price: mean CMO of the neighbour": neighbour.mean(),
        "export price: CMO of the neighbour, 25 %": neighbour.quantile(0.25),
    }
    for number, (low, high) in enumerate(BLOCKS):
        inside = thermal.between(*thermal.quantile([low, high]))
        steps = thermal.diff()[inside & inside.shift(fill_value=False)].abs()
        show[f"thermal block {number}: from, to"] = thermal.quantile([low, high])
        show[f"thermal block {number}: price, CMO at {(low + high) / 2:.2f}"] = price.quantile(
            (low + high) / 2
        )
        show[f"thermal block {number}: ramp (99.9 % of changes inside it)"] = steps.quantile(0.999)
    days = price.groupby(pd.DatetimeIndex(price.index).normalize())
    show["balancing up: mean of a day's highest CMO less its mean"] = (
        days.max() - days.mean()
    ).mean()
    show["balancing down: mean of a day's mean CMO less its lowest"] = (
        days.mean() - days.min()
    ).mean()
    show["reserve: mean change of CMO from an hour to the next"] = price.diff().abs().mean()
    show["surplus: CMO at 95 %"] = price.quantile(0.95)
    load = balance["val_carga"]
    above = load > load.median()
    show["threshold: median load; mean hydro below, extra above"] = np.array(
        [load.median(), hydro[~above].mean(), hydro[above].mean() - hydro[~above].mean()]
    )
    show["mean load"] = load.mean()
    for name, value in show.items():
        print(f"{name}: {np.round(np.asarray(value, dtype=float), 2)}")


def _balance(root: Path, subsystem: str) -> pd.DataFrame:
    """ONS's balance of 2018-2021, MW."""
    files = [
        next(root.rglob(f"BALANCO_ENERGIA_SUBSISTEMA_{year}.xlsx")) for year in range(2018, 2022)
    ]
    table = pd.concat([pd.read_excel(file, engine="calamine") for file in files])
    table = table[table.iloc[:, 0].str.strip() == subsystem]
    values = table.filter(like="val_").apply(pd.to_numeric)
    return values.set_index(pd.DatetimeIndex(table["din_instante"])).sort_index()


def _price(root: Path, subsystem: str) -> "pd.Series[float]":
    """CMO of 2020-2021, R$/MWh, hourly."""
    reading = read_cmo(
        root, subsystem, pd.Timestamp("2020-01-01"), pd.Timestamp("2021-12-31 23:00")
    )
    return reading.frame[CMO]


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in NEIGHBOUR:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2])
