"""Ways to damage a folder of raw files, and the names of the files in it."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from tests.data.publishers import balance_cells, write_csv, write_xlsx

HOURS = 72
LOAD, BALANCE = "c/CURVA_CARGA_2022.csv", "b/BALANCO_ENERGIA_SUBSISTEMA_2022.xlsx"
CMO, PRICE, OWN = "m/CMO_SEMIHORARIO_2022.csv", "p/pld_horario_2022.csv", "own.csv"
WEATHER = "i/INMET_SE_SP_A701_SAO PAULO - MIRANTE_01-05-2022_A_04-05-2022.CSV"
WEATHER_API, LOAD_API = "inmet_api/A701_2022.json", "ons_load_api/SECO_2022-05-04_2022-05-05.json"
Change = Callable[[Path], object]


def cell(name: str, row: int, column: str, text: str) -> Change:
    """Put another text into a cell of a CSV."""

    def change(root: Path) -> object:
        cells = pd.read_csv(root / name, sep=";", dtype=str, keep_default_na=False)
        cells.loc[row, column] = text
        return write_csv(cells, root / name)

    return change


def column(name: str, old: str, new: str) -> Change:
    return text(name, lambda said: said.replace(old, new, 1))


def text(name: str, change: Callable[[str], str]) -> Change:
    def damage(root: Path) -> object:
        path = root / name
        encoding = "latin-1" if name == WEATHER else "utf-8"
        return path.write_text(change(path.read_text(encoding)), encoding)

    return damage


def raw(name: str, change: Callable[[bytes], bytes]) -> Change:
    return lambda root: (root / name).write_bytes(change((root / name).read_bytes()))


def balance(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Change:
    cells = balance_cells("2022-05-01", HOURS, SE=30000.0)
    return lambda root: write_xlsx(change(cells), root / BALANCE)


def lines(change: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    return lambda said: "\n".join(change(said.split("\n")))


def copied(name: str, target: str) -> Change:
    def damage(root: Path) -> object:
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        return (root / target).write_bytes((root / name).read_bytes())

    return damage


def archive(body: bytes) -> Change:
    return lambda root: (root / "2022.zip").write_bytes(body)


def broken_member() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as opened:
        opened.writestr("INMET_SE_SP_A701_SAO PAULO_01-01-2022_A_30-06-2022.CSV", b"x" * 500)
    return packed.getvalue().replace(b"x" * 400, b"y" * 400, 1)


def json_text(name: str, body: str) -> Change:
    return lambda root: (root / name).write_text(body)


def gone(*names: str) -> Change:
    def damage(root: Path) -> None:
        for name in names:
            (root / name).unlink()

    return damage


def both(*changes: Change) -> Change:
    return lambda root: [change(root) for change in changes]


def without_last_half(said: bytes) -> bytes:
    return said[: len(said) // 2]
