"""What the command leaves: the notebook's table, its provenance, and nothing made up."""

import os
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from hpo_exp.config import DataConfig
from hpo_exp.data import cache
from hpo_exp.data.cache import cache_key
from hpo_exp.data.load import load_table
from hpo_exp.data.product import (
    NOTEBOOK_COLUMNS,
    notebook_frame,
    up_to_date,
    write_manifest,
    write_product,
)
from hpo_exp.data.provenance import describe, origins
from hpo_exp.data.seed import make_seed_table
from hpo_exp.data.store import METADATA, read_description, read_table, write_table
from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.errors import DataError
from tests.data.publishers import (
    balance_cells,
    data_config,
    load_cells,
    weather,
    write_csv,
    write_inmet_2019,
)
from tests.data.qualities import limits


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "raw"
    write_csv(load_cells("2022-05-01", 72, NE=9000.0), root / "CURVA_CARGA_2022.csv")
    cells = balance_cells("2022-05-01", 72, NE=9000.0)
    cells["val_gereolica"] = [f"{700 + 5 * hour:.1f}" for hour in range(72)]
    write_csv(cells, root / "BALANCO_ENERGIA_SUBSISTEMA_2022.csv")
    write_inmet_2019(weather("2022-05-01 00:00", 96), root)
    return root


def config(root: Path, **changes: object) -> DataConfig:
    fields = {"subsystem": "NE", "station": "A701", "quality": limits()}
    return data_config(root, **(fields | changes))


def own_file(root: Path) -> Path:
    hours = pd.date_range("2022-05-01", periods=72, freq="h")
    own = pd.DataFrame(
        {"hora": hours, "hz": 59.98, "vazao": [1] + [0] * 71, "kv": 345.0, "mw": 5.0}
    )
    own.to_csv(root / "scada.csv", index=False, sep=";", decimal=",")
    return root / "scada.csv"


COLUMNS = {
    "timestamp": "hora", "frequency": "hz", "restriction": "vazao", "voltage": "kv",
    "realised": "mw",
}  # fmt: skip


def test_write_product__has_the_notebooks_columns_and_leaves_empty_what_nobody_measured(
    root: Path, tmp_path: Path
) -> None:
    table = load_table(config(root))
    csv, parquet, quality = write_product(table, tmp_path / "out")
    assert csv.name == "dados_hpo_integrados_20220503.csv"
    notebook = pd.read_csv(csv, parse_dates=["timestamp"])
    assert list(notebook) == ["timestamp", *NOTEBOOK_COLUMNS]
    assert notebook["frequencia_hz"].isna().all()
    assert notebook["restricao_vazao"].isna().all()
    assert notebook[TARGET].tolist() == [9000.0 + hour for hour in range(72)]
    assert notebook["carga_lag_24h"].iloc[24:].tolist() == notebook[TARGET].iloc[:48].tolist()
    assert notebook["alerta_intermitente"].tolist() == [0] * 21 + [1] * 51  # above 800 MW
    assert {"frequencia_hz", "restricao_vazao"}.isdisjoint(pq.read_schema(parquet).names)
    assert quality.is_file()


def test_notebook_file__is_read_again_by_data_csv(root: Path, tmp_path: Path) -> None:
    table = load_table(config(root))
    csv, _, _ = write_product(table, tmp_path / "out")
    again = load_table(data_config(None, source="csv", path=csv))
    assert again.frame[TARGET].equals(table.frame[TARGET].astype(float))
    assert "frequencia_hz" not in again.frame
    assert any("'frequencia_hz' holds no value" in note for note in again.provenance.notes)


def test_own_file__gives_what_nobody_publishes(root: Path) -> None:
    table = load_table(config(root, path=own_file(root), columns=COLUMNS))
    assert table.frame["frequencia_hz"].tolist() == [59.98] * 72
    assert table.frame["restricao_vazao"].sum() == 1
    assert table.frame["tensao_kv"].iloc[0] == 345.0
    assert table.frame["despacho_realizado_mw"].iloc[0] == 5.0
    assert table.provenance.sources["frequencia_hz"] == "own file"
    assert notebook_frame(table)["frequencia_hz"].notna().all()
    assert not table.provenance.simulated


def test_own_file__that_is_simulated_marks_its_own_columns_alone(root: Path) -> None:
    table = load_table(config(root, path=own_file(root), columns=COLUMNS, simulated=True))
    assert table.provenance.simulated
    kinds = origins(table)
    assert set(kinds["frequencia_hz"]) == {"simulated"}
    assert set(kinds[TARGET]) == {"real"}


@pytest.mark.parametrize(("threshold", "hours"), [(800, 51), (700, 71), (2000, 0)])
def test_alert__has_a_threshold(threshold: float, hours: int, root: Path) -> None:
    table = load_table(config(root, alert_mw=threshold))
    assert table.frame["alerta_intermitente"].sum() == hours


def test_seed__stays_simulated_and_keeps_its_own_alert() -> None:
    end = datetime(2025, 9, 26, 13)
    table = make_seed_table(data_config(None, source="seed", end=end, alert_mw=900))
    assert set(origins(table)[TARGET]) == {"simulated"}
    wind, alert = table.frame["geracao_eolica_mw"], table.frame["alerta_intermitente"]
    assert ((wind > 900) == (alert == 1)).all()


# ------------------------------------------------------------------------------ parquet, metadata


def test_read_table__gives_back_values_and_provenance(root: Path, tmp_path: Path) -> None:
    table = load_table(config(root))
    write_table(table, tmp_path / "x.parquet")
    again = read_table(tmp_path / "x.parquet")
    assert again.sha256 == table.sha256
    assert again.provenance == table.provenance
    pd.testing.assert_frame_equal(again.frame, table.frame, check_freq=False)


def test_parquet__says_where_every_value_comes_from(root: Path, tmp_path: Path) -> None:
    table = load_table(config(root))
    write_table(table, tmp_path / "x.parquet")
    description = read_description(tmp_path / "x.parquet")
    assert description == describe(table)
    assert description["code"]
    assert [file["name"] for file in description["files"]][:2] == [
        "CURVA_CARGA_2022.csv", "BALANCO_ENERGIA_SUBSISTEMA_2022.csv",
    ]  # fmt: skip
    assert description["columns"]["TEMP_BULB_SECO"]["source"] == "INMET A701"
    for column in description["columns"].values():
        assert sum(column[kind] for kind in ("real", "imputed", "simulated", "missing")) == 72


def test_read_table__refuses_values_that_were_changed(root: Path, tmp_path: Path) -> None:
    table = load_table(config(root))
    write_table(table, tmp_path / "x.parquet")
    arrow = pq.read_table(tmp_path / "x.parquet")
    metadata = arrow.schema.metadata
    frame = arrow.to_pandas()
    frame.iloc[3, 0] = 1.0
    other = HourlyTable(frame, table.provenance)
    write_table(other, tmp_path / "y.parquet")
    changed = pq.read_table(tmp_path / "y.parquet").replace_schema_metadata(metadata)
    pq.write_table(changed, tmp_path / "z.parquet")
    assert METADATA in metadata
    with pytest.raises(DataError, match="other values"):
        read_table(tmp_path / "z.parquet")


@pytest.mark.parametrize("body", [b"", b"PAR1", b"not parquet"])
def test_read_table__refuses_what_is_none(body: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(body)
    with pytest.raises(DataError, match="is no table"):
        read_table(tmp_path / "x.parquet")
    with pytest.raises(DataError, match="does not say"):
        read_description(tmp_path / "x.parquet")


# ------------------------------------------------------------------------------------- the cache


def test_cache__finds_a_table_by_what_it_was_built_from(root: Path, tmp_path: Path) -> None:
    wanted = config(root, cache=tmp_path / "cache")
    first = load_table(wanted)
    (kept,) = (tmp_path / "cache").glob("*.parquet")
    os.utime(root / "CURVA_CARGA_2022.csv")  # touched, not changed
    assert load_table(wanted).sha256 == first.sha256
    assert list((tmp_path / "cache").glob("*.parquet")) == [kept]


def test_cache__notices_every_change(root: Path) -> None:
    keys = {cache_key(config(root))}
    keys.add(cache_key(config(root, alert_mw=900)))
    keys.add(cache_key(config(root, quality=limits(ranges="empty"))))
    keys.add(cache_key(config(root, path=own_file(root), columns=COLUMNS)))
    write_csv(load_cells("2022-05-01", 71, NE=9000.0), root / "CURVA_CARGA_2022.csv")
    keys.add(cache_key(config(root)))
    assert len(keys) == 5


def test_cache__builds_anew_what_is_damaged(root: Path, tmp_path: Path) -> None:
    wanted = config(root, cache=tmp_path / "cache")
    first = load_table(wanted)
    (kept,) = (tmp_path / "cache").glob("*.parquet")
    kept.write_bytes(kept.read_bytes()[:1000])
    assert load_table(wanted).sha256 == first.sha256
    assert read_table(kept).sha256 == first.sha256


def test_cache__lets_the_oldest_go(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "KEPT", 2)
    for threshold in (1, 2, 3):
        load_table(config(root, cache=tmp_path / "cache", alert_mw=threshold))
    assert len(list((tmp_path / "cache").glob("*.parquet"))) == 2


def test_up_to_date__is_what_nobody_touched(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a")
    assert up_to_date(tmp_path, "key") is None
    write_manifest(tmp_path, "key", [file])
    assert up_to_date(tmp_path, "key") == [file]
    assert up_to_date(tmp_path, "another") is None
    file.write_text("b")
    assert up_to_date(tmp_path, "key") is None
    (tmp_path / "manifest.json").write_text("[]")
    assert up_to_date(tmp_path, "key") is None
