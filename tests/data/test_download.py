"""One file from a server that misbehaves in every way that is known."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hpo_exp.config import HttpConfig
from hpo_exp.data.fetch.contents import check_table
from hpo_exp.data.fetch.download import Wanted, download
from hpo_exp.data.fetch.record import read_record
from hpo_exp.data.fetch.server import open_client
from hpo_exp.errors import DataError
from tests.data.publisher_server import (
    Behaviour,
    PublisherServer,
    cut_with_its_length,
    dripping,
    publishers_at,
    redirected_forever,
    reset,
    running_server,
    says,
    stalled,
    status,
    truncated,
    wrong_etag,
)
from tests.data.publishers import load_cells

NAME = "CURVA_CARGA_2022.csv"
PATH = f"/load/{NAME}"
BODY = load_cells("2022-05-01", 200, SE=30000.0).to_csv(sep=";", index=False).encode()
NEWER = load_cells("2022-05-01", 220, SE=30000.0).to_csv(sep=";", index=False).encode()


@pytest.fixture
def server() -> Iterator[PublisherServer]:
    with running_server() as running:
        running.files[PATH] = BODY
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "ons" / NAME


def fetch(server: PublisherServer, target: Path, **http: float | str) -> bool:
    config = publishers_at(server.url, http=http).http
    return fetch_with(config, server, target)


def fetch_with(config: HttpConfig, server: PublisherServer, target: Path) -> bool:
    with open_client(config) as client:
        wanted = Wanted(server.url + PATH, target, check_table)
        return download(client, wanted, config, lambda *_: None)


def ranges(server: PublisherServer) -> list[str]:
    return [headers.get("Range", "") for _, headers in server.asked]


def leftovers(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if ".part" in path.name)


def test_download__writes_the_file_and_remembers_it(server: PublisherServer, target: Path) -> None:
    assert fetch(server, target)
    assert target.read_bytes() == BODY
    record = read_record(target)
    assert record is not None
    assert record.url == server.url + PATH
    assert record.sha256 == hashlib.sha256(BODY).hexdigest()
    assert record.size == len(BODY)
    assert leftovers(target) == []
    assert [path for path, _ in server.asked] == [PATH]  # no HEAD: INMET refuses it


def test_download__asks_only_whether_there_is_a_newer_one(
    server: PublisherServer, target: Path
) -> None:
    fetch(server, target)
    assert not fetch(server, target)
    server.files[PATH] = NEWER
    assert fetch(server, target)
    assert target.read_bytes() == NEWER


def test_download__fetches_anew_what_was_changed_on_disk(
    server: PublisherServer, target: Path
) -> None:
    fetch(server, target)
    target.write_bytes(BODY[:100])
    assert fetch(server, target)
    assert target.read_bytes() == BODY


PASSING: dict[str, list[Behaviour]] = {
    "reset": [reset],
    "reset twice": [reset, reset],
    "500": [status(500)],
    "502 then 503": [status(502), status(503, Retry_After="0")],
    "504": [status(504)],
    "429": [status(429, Retry_After="0")],
    "truncated": [truncated(0.5)],
    "truncated twice": [truncated(0.5), truncated(0.8)],
    "empty body": [truncated(0.0)],
    "cut, with its length": [cut_with_its_length(0.5)],
    "wrong ETag": [wrong_etag],
    "stalled": [stalled],
}


@pytest.mark.parametrize("name", PASSING)
def test_download__gets_over(name: str, server: PublisherServer, target: Path) -> None:
    server.script[PATH] = list(PASSING[name])
    assert fetch(server, target)
    assert target.read_bytes() == BODY
    assert leftovers(target) == []


@pytest.mark.parametrize("behaviour", [truncated(0.5), stalled])
def test_download__goes_on_where_the_body_broke_off(
    behaviour: Behaviour, server: PublisherServer, target: Path
) -> None:
    server.script[PATH] = [behaviour]
    fetch(server, target)
    first, second = ranges(server)
    assert first == ""
    assert second == f"bytes={len(BODY) // 2}-"
    assert target.read_bytes() == BODY


def test_download__goes_on_in_a_later_run(server: PublisherServer, target: Path) -> None:
    server.script[PATH] = [truncated(0.5)]
    with pytest.raises(DataError):
        fetch(server, target, attempts=1)
    assert leftovers(target) == [f".{NAME}.part", f".{NAME}.part.etag"]
    fetch(server, target)
    assert ranges(server)[-1] == f"bytes={len(BODY) // 2}-"
    assert target.read_bytes() == BODY


def test_download__begins_anew_when_the_rest_is_another_versions(
    server: PublisherServer, target: Path
) -> None:
    server.script[PATH] = [truncated(0.5)]
    with pytest.raises(DataError):
        fetch(server, target, attempts=1)
    server.files[PATH] = NEWER
    fetch(server, target)
    assert target.read_bytes() == NEWER


LASTING: dict[str, tuple[list[Behaviour], list[str]]] = {
    "resets": ([reset] * 3, ["3 attempts", "try again later"]),
    "always 500": ([status(500)] * 3, ["the server answers 500", "3 attempts"]),
    "always truncated": ([truncated(0.0)] * 3, ["3 attempts"]),
    "always cut": ([cut_with_its_length(0.5)] * 3, ["MD5", "ETag"]),
    "always a wrong ETag": ([wrong_etag] * 3, ["MD5", "ETag"]),
    "403": ([status(403)], ["is refused (403)", "in a browser"]),
    "401": ([status(401)], ["is refused (401)"]),
    "404": ([status(404)], ["does not exist (404)"]),
    "410": ([status(410)], ["does not exist (410)"]),
    "400": ([status(400)], ["the server answers 400"]),
    "204": ([status(204)], ["answers with nothing (204)"]),
    "an error page": ([says(b"<html>sorry</html>")], ["came as something else", "<html>"]),
    "nothing at all": ([says(b"")], ["came as something else"]),
    "XML of an error": ([says(b"<?xml version='1.0'?><Error/>")], ["came as something else"]),
    "shrunk": ([says(BODY[:500])], ["has shrunk", "delete"]),
    "round in circles": ([redirected_forever], ["cannot be fetched", "redirect"]),
}


@pytest.mark.parametrize("name", LASTING)
def test_download__keeps_the_good_file_and_says_what_is_wrong(
    name: str, server: PublisherServer, target: Path
) -> None:
    fetch(server, target)
    server.files[PATH] = NEWER
    behaviours, words = LASTING[name]
    server.script[PATH] = list(behaviours)
    with pytest.raises(DataError) as caught:
        fetch(server, target)
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    assert [word for word in (NAME, *words) if word not in said] == [], said
    assert target.read_bytes() == BODY
    record = read_record(target)
    assert record is not None
    assert record.sha256 == hashlib.sha256(BODY).hexdigest()


def test_download__gives_up_on_a_body_that_never_ends(
    server: PublisherServer, target: Path
) -> None:
    server.script[PATH] = [dripping]
    with pytest.raises(DataError, match=r"too slow.*deadline_s"):
        fetch(server, target, deadline_s=0.3)
    assert not target.exists()


def test_download__says_that_nobody_is_there(target: Path) -> None:
    with running_server() as server:
        gone = server
    with pytest.raises(DataError, match=r"CURVA_CARGA_2022.*cannot be fetched"):
        fetch(gone, target)


def test_download__is_reset_without_a_user_agent(server: PublisherServer, target: Path) -> None:
    with pytest.raises(DataError, match="cannot be fetched"):
        fetch(server, target, user_agent="python")


def test_download__hides_a_token(server: PublisherServer, target: Path) -> None:
    config = publishers_at(server.url).http
    wanted = Wanted(f"{server.url}/x/geheim", target, check_table, secret="geheim")  # noqa: S106 - a test's
    with open_client(config) as client, pytest.raises(DataError) as caught:
        download(client, wanted, config, lambda *_: None)
    assert "***" in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_read_record__takes_a_damaged_one_for_none(server: PublisherServer, target: Path) -> None:
    fetch(server, target)
    (target.parent / f".{NAME}.fetched.json").write_text(json.dumps({"url": 3}))
    assert read_record(target) is None
