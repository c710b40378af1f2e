"""Small files in the publishers' exact formats, and the configuration that reads them."""

import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

from hpo_exp.config import DataConfig

NAMES = {"N": "NORTE", "NE": "NORDESTE", "S": "SUL", "SE": "SUDESTE", "SIN": "SISTEMA INTERLIGADO"}
BALANCE_VALUES = (
    "val_gerhidraulica",
    "val_gertermica",
    "val_gereolica",
    "val_gersolar",
    "val_carga",
    "val_intercambio",
)
INMET_HEADER = (
    "PRECIPITAÇÃO TOTAL, HORÁRIO (mm)",
    "PRESSAO ATMOSFERICA AO NIVEL DA ESTACAO, HORARIA (mB)",
    "RADIACAO GLOBAL (Kj/m²)",
    "TEMPERATURA DO AR - BULBO SECO, HORARIA (°C)",
    "TEMPERATURA DO PONTO DE ORVALHO (°C)",
    "UMIDADE REL. MAX. NA HORA ANT. (AUT) (%)",
    "UMIDADE RELATIVA DO AR, HORARIA (%)",
    "VENTO, RAJADA MAXIMA (m/s)",
    "VENTO, VELOCIDADE HORARIA (m/s)",
)


def data_config(root: Path | None, **changes: Any) -> DataConfig:
    """Return a configuration of SE without weather, with the changes made."""
    fields: dict[str, Any] = {
        "source": "ons",
        "root": root,
        "subsystem": "SE",
        "subsystems": {name: {"station": None, "states": {}} for name in NAMES},
        "station": None,
        "states": {},
        "start": None,
        "end": None,
        "fill": "day",
        "fill_hours": 6,
    }
    return DataConfig(**(fields | changes))


def ons_number(value: float) -> str:
    """Write a number as ONS does: eight decimals, zero as 0E-8."""
    return "0E-8" if value == 0 else f"{value:.8f}"


def load_cells(first: str, periods: int, **loads: float) -> pd.DataFrame:
    """Return the load curve's cells: each subsystem's load grows by 1 MW an hour from `first`."""
    stamps = pd.date_range(first, periods=periods, freq="h")
    return pd.DataFrame(
        {
            "id_subsistema": name,
            "nom_subsistema": NAMES[name],
            "din_instante": str(stamp),
            "val_cargaenergiahomwmed": ons_number(load + hour),
        }
        for hour, stamp in enumerate(stamps)
        for name, load in loads.items()
    )


def balance_cells(first: str, periods: int, **loads: float) -> pd.DataFrame:
    """Return the balance's cells: wind is 0, half of the load is hydro and 50 MW are exported."""
    cells = []
    for hour, stamp in enumerate(pd.date_range(first, periods=periods, freq="h")):
        for name, first_load in loads.items():
            load = first_load + hour
            values = (load / 2, load / 2 + 30, 0.0, 20.0, load, 50.0)
            texts = dict(zip(BALANCE_VALUES, map(ons_number, values), strict=True))
            cells.append(
                {
                    "id_subsistena": name,
                    "nom_subsistema": NAMES[name],
                    "din_instante": str(stamp),
                }
                | texts
            )
    return pd.DataFrame(cells)


def write_csv(cells: pd.DataFrame, path: Path) -> Path:
    """Write cells as the publisher's CSV: semicolons, decimal points, LF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(cells.to_csv(sep=";", index=False, lineterminator="\n"))
    return path


def write_parquet(cells: pd.DataFrame, path: Path) -> Path:
    """Write cells as parquet, with timestamps and doubles."""
    names = [str(name) for name in cells if str(name).startswith("val_")]
    values = {name: pd.to_numeric(cells[name]) for name in names}
    path.parent.mkdir(parents=True, exist_ok=True)
    stamps = pd.to_datetime(cells["din_instante"])
    cells.assign(din_instante=stamps, **values).to_parquet(path, index=False)
    return path


def write_xlsx(cells: pd.DataFrame, path: Path) -> Path:
    """Write cells as the publisher's workbook: dates as serial numbers, the rest as text."""
    lines = [[_text(str(name)) for name in cells]]
    for _, row in cells.iterrows():
        lines.append(
            [
                _serial(str(cell)) if name == "din_instante" else _text(str(cell))
                for name, cell in row.items()
            ]
        )
    rows = "".join(f"<row>{''.join(line)}</row>" for line in lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in _XLSX.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{body}')
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        )
    return path


def weather(first: str, periods: int) -> pd.DataFrame:
    """Return weather by UTC stamp; each value tells its hour, and a few are missing."""
    hours = np.arange(periods, dtype=np.float64)
    frame = pd.DataFrame(
        {
            "CHUVA": hours / 10,
            "RADIACAO": hours * 100,
            "TEMP_BULB_SECO": 20 + hours / 10,
            "UMIDADE": 50 + hours,
            "VENTO": hours / 10,
        },
        index=pd.date_range(first, periods=periods, freq="h"),
    )
    frame.iloc[::5, 1] = np.nan
    return frame


def write_inmet_2018(values: pd.DataFrame, folder: Path, station: str = "A701") -> Path:
    """Write weather in the format up to 2018, in UTF-8 with CRLF."""
    lines = [
        "REGIÃO:;SE",
        "UF:;SP",
        "ESTAÇÃO:;SAO PAULO - MIRANTE",
        f"CODIGO (WMO):;{station}",
        "LATITUDE:;-23,48333333",
        "LONGITUDE:;-46,61666666",
        "ALTITUDE:;792,06",
        "DATA DE FUNDAÇÃO (YYYY-MM-DD):;2006-07-25",
        f"DATA (YYYY-MM-DD);HORA (UTC);{';'.join(INMET_HEADER)};",
        *(
            f"{stamp:%Y-%m-%d};{stamp:%H:%M};{_inmet_cells(row, '-9999')};"
            for stamp, row in _stamped(values)
        ),
    ]
    path = _inmet_path(values, folder, station)
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode())
    return path


def write_inmet_2019(values: pd.DataFrame, folder: Path, station: str = "A701") -> Path:
    """Write weather in the format from 2019 on, in latin-1 with LF."""
    lines = [
        "REGIAO:;SE",
        "UF:;SP",
        "ESTAC?O:;SAO PAULO - MIRANTE",
        f"CODIGO (WMO):;{station}",
        "LATITUDE:;-23,496294",
        "LONGITUDE:;-46,620088",
        "ALTITUDE:;785,64",
        "DATA DE FUNDACAO:;25/07/06",
        f"Data;Hora UTC;{';'.join(INMET_HEADER)};",
        *(
            f"{stamp:%Y/%m/%d};{stamp:%H%M} UTC;{_inmet_cells(row, '').replace(';0,', ';,')};"
            for stamp, row in _stamped(values)
        ),
    ]
    path = _inmet_path(values, folder, station)
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("latin-1"))
    return path


def _stamped(values: pd.DataFrame) -> list[tuple[datetime, "pd.Series[float]"]]:
    return [(pd.Timestamp(str(stamp)).to_pydatetime(), row) for stamp, row in values.iterrows()]


def _inmet_cells(row: "pd.Series[float]", missing: str) -> str:
    rain, radiation, temperature, humidity, wind = (
        missing if np.isnan(value) else f"{value:.1f}".removesuffix(".0").replace(".", ",")
        for value in row
    )
    others = ("922,8", "17,4", "78", "4,3")
    return ";".join(
        (rain, others[0], radiation, temperature, *others[1:3], humidity, others[3], wind)
    )


def _inmet_path(values: pd.DataFrame, folder: Path, station: str) -> Path:
    first, last = (pd.Timestamp(str(values.index[end])) for end in (0, -1))
    folder.mkdir(parents=True, exist_ok=True)
    name = f"INMET_SE_SP_{station}_SAO PAULO - MIRANTE_{first:%d-%m-%Y}_A_{last:%d-%m-%Y}.CSV"
    return folder / name


def _text(cell: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'


def _serial(cell: str) -> str:
    days = (pd.Timestamp(cell) - pd.Timestamp("1899-12-30")) / pd.Timedelta(days=1)
    return f'<c s="1"><v>{days!r}</v></c>'


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XLSX = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # Format 22 is a date with its time: it makes a cell's number a date.
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
