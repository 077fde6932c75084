import pytest

from istiolint.mesh.ports import port_class, service_protocol, spoken


@pytest.mark.parametrize(
    ("transport", "app", "name", "number", "expected"),
    [
        ("TCP", "", "http-web", 80, "http"),
        ("", "", "HTTP2", 80, "http2"),
        ("", "", "grpc-web-x", 80, "grpc-web"),
        ("", "", "grpc-x", 80, "grpc"),
        ("", "", "web", 80, "auto"),
        ("", "", "", 80, "auto"),
        ("", "", "db", 3306, "tcp"),
        ("", "", "http", 3306, "http"),
        ("UDP", "", "http", 80, "udp"),
        ("", "kubernetes.io/h2c", "tcp", 80, "http2"),
        ("", "kubernetes.io/wss", "", 80, "https"),
        ("", "kubernetes.io/foo", "http", 80, "auto"),
        ("", "tcp", "http", 80, "tcp"),
    ],
)
def test_protocol_of_a_service_port(transport: str, app: str, name: str, number: int, expected: str) -> None:
    assert service_protocol(transport, app, name, number) == expected


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [("http", "http"), ("grpc-web", "http"), ("https", "tls"), ("tls", "tls"), ("mongo", "tcp"), ("auto", "auto"),
     ("udp", "udp")],
)  # fmt: skip
def test_classes(protocol: str, expected: str) -> None:
    assert port_class(protocol) == expected


def test_protocol_words_of_service_entries() -> None:
    words = ("HTTPS", "TLS", "GRPC-Web", "", "QUIC")
    assert [spoken(word) for word in words] == ["https", "tls", "grpc-web", "auto", "auto"]
