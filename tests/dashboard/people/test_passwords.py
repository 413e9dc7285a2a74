"""What a password must be; that only its hash is kept."""

from __future__ import annotations

import pytest

from dashboard.people.passwords import check_password, hash_password, is_password
from layers.kit.errors import InputError


@pytest.mark.parametrize(
    "password",
    [
        "", "short1A", "onlysmallletters", "1357924680", "wang-is-my-login-1", "Password2026",
        "aaaaaaaaaaaa1", "12345678901a", "A1" * 101, "Admin123456!", "1a1a1a1a1a1a",
    ],
)  # fmt: skip
def test_a_password_that_is_guessed_is_refused(password: str) -> None:
    with pytest.raises(InputError):
        check_password(password, "wang")


@pytest.mark.parametrize("password", ["correct horse battery", "格图-山水-2026-清", "xK7pQ2mN9v"])
def test_a_good_password_is_taken(password: str) -> None:
    check_password(password, "wang")


def test_what_is_kept_is_a_hash_with_a_salt_of_its_own() -> None:
    kept, other = hash_password("xK7pQ2mN9v"), hash_password("xK7pQ2mN9v")
    assert kept.startswith("$argon2id$")
    assert kept != other
    assert is_password("xK7pQ2mN9v", kept)
    assert not is_password("xK7pQ2mN9V", kept)
    assert not is_password("xK7pQ2mN9v", None)
    assert not is_password("nobody has this password", None)
    assert not is_password("x", "not a hash")
