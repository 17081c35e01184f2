"""What a rule may answer…"""

import pytest

from authhub.rules.outcomes import AddClaim, Deny, RedirectTo


def test_puts_a_claim_into_both_tokens_unless_told() -> None:
    assert AddClaim("https://x.example/a", 1).to == ("access_token", "id_token")
    assert AddClaim("https://x.example/a", 1, to=["id_token"]).to == ("id_token",)
    assert AddClaim("https://x.example/a", 1, to="id_token").to == ("id_token",)


@pytest.mark.parametrize("to", [(), ("refresh_token",)])
def test_refuses_a_claim_for_no_token(to: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="access_token"):
        AddClaim("https://x.example/a", 1, to=to)


@pytest.mark.parametrize("code", ["", "Access Denied", "a&b", 'x"'])
def test_refuses_an_error_code_that_is_none(code: str) -> None:
    with pytest.raises(ValueError, match="error code"):
        Deny("no", code=code)


@pytest.mark.spec("RFC 6749", "5.2")
def test_describes_a_denial_in_the_characters_that_may_travel() -> None:
    assert Deny("Not on weekends.").description == "Not on weekends."
    assert Deny('say "no"\\\r\nLocation: x é').description == "say 'no'/ Location: x ?"


@pytest.mark.parametrize("url", ["", "/local", "javascript:alert(1)", "//evil.example", "https:///x"])
def test_refuses_a_redirect_that_is_no_web_address(url: str) -> None:
    with pytest.raises(ValueError, match="absolute"):
        RedirectTo(url)


def test_freezes_the_parameters_of_a_redirect() -> None:
    with pytest.raises(TypeError):
        RedirectTo("https://x.example/terms", {"a": "b"}).parameters["a"] = "c"
