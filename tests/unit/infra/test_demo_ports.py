"""The demo's ports, as the environment chooses them."""

import pytest

from infra.dev.demo.run import PORTS, chosen_ports
from infra.dev.places import ServerError


def test_a_port_that_is_set_takes_the_place_of_its_default() -> None:
    assert chosen_ports({"HUIYIN_API_PORT": "9000", "HUIYIN_ADMIN_PORT": ""}) == {
        **PORTS,
        "HUIYIN_API_PORT": 9000,
    }


@pytest.mark.parametrize("given", ["x", "80a", "-1", "0", "65536", "8 000", "８０００", "8000.0"])
def test_what_is_no_port_is_named_with_its_setting(given: str) -> None:
    with pytest.raises(ServerError, match=r"HUIYIN_API_PORT: .* (1 to 65535|whole number)"):
        chosen_ports({"HUIYIN_API_PORT": given})


def test_the_same_port_for_two_is_refused_beforehand() -> None:
    with pytest.raises(ServerError, match="HUIYIN_API_PORT and HUIYIN_ADMIN_PORT are both 8001"):
        chosen_ports({"HUIYIN_API_PORT": "8001"})
