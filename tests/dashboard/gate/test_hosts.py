"""Hosts that are ours, and changes that a page of ours sent."""

from __future__ import annotations

import pytest

from dashboard.gate.hosts import host_name, is_ours, is_own_change
from dashboard.settings import read_settings
from layers.kit.errors import SettingsError


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8050", True),
        ("127.0.0.2", True),
        ("localhost", True),
        ("LOCALHOST.:80", True),
        ("[::1]:8050", True),
        ("getu.county.cn", True),
        ("GETU.county.cn:443", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("getu.county.cn.evil.example", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("", False),
        (None, False),
        ("127.0.0.1:8050:1", False),
        ("127.0.0.1@evil.example", False),
        ("127.0.0.1/", False),
        ("127.0.0.1 ", False),
        ("2130706433", False),
        ("\0", False),
    ],
)
def test_only_known_names_are_ours(host: str | None, ours: bool) -> None:
    assert is_ours(host, ("getu.county.cn",)) is ours


def test_a_host_is_read_without_its_port() -> None:
    assert host_name("[2001:DB8::1]:80") == "2001:db8::1"
    assert host_name("desk.:8050") == "desk"


HOST = "127.0.0.1:8050"


@pytest.mark.parametrize(
    ("headers", "is_json", "own"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8050"}, False, True),
        ({"Sec-Fetch-Site": "same-origin"}, False, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8050"}, True, False),
        ({"Sec-Fetch-Site": "same-site"}, True, False),
        ({"Origin": "http://127.0.0.1:9999"}, True, False),
        ({"Origin": "http://evil.example"}, True, False),
        ({"Origin": "null"}, True, False),
        ({"Origin": "http://127.0.0.1:x"}, True, False),
        ({"Origin": "http://127.0.0.1:8050"}, False, True),
        ({}, False, False),
        ({}, True, True),
        ({"X-Getu": "1"}, False, True),
        ({"X-Getu": "1", "Origin": "http://evil.example"}, False, False),
    ],
)
def test_a_change_comes_from_a_page_of_ours(
    headers: dict[str, str], is_json: bool, own: bool
) -> None:
    assert is_own_change(headers, HOST, "X-Getu", is_json=is_json) is own


def test_behind_tls_the_port_that_the_scheme_means_is_none() -> None:
    sent = {"Origin": "https://getu.county.cn"}
    assert is_own_change(sent, "getu.county.cn", "X-Getu", is_json=False)
    assert is_own_change(sent, "getu.county.cn:443", "X-Getu", is_json=False)
    assert not is_own_change(sent, "getu.county.cn:8443", "X-Getu", is_json=False)


def test_further_names_are_settings() -> None:
    assert read_settings(
        {"GETU_HOSTS": "Desk.county.cn, 10.0.0.5", "GETU_SIGN_IN": "on"}
    ).hosts == (
        "desk.county.cn",
        "10.0.0.5",
    )
    with pytest.raises(SettingsError):  # nobody signs in there
        read_settings({"GETU_HOSTS": "desk.county.cn"})
    for wrong in ("desk:8050", "http://desk", "*"):
        with pytest.raises(SettingsError):
            read_settings({"GETU_HOSTS": wrong, "GETU_SIGN_IN": "on"})
