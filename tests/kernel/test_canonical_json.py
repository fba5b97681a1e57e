from server.kernel.canonical_json import canonical


def test_equal_values_have_equal_bytes_whatever_their_order():
    assert canonical({"b": 1, "a": [True, None, "é"]}) == canonical(
        {"a": [True, None, "é"], "b": 1}
    )
    assert canonical({"b": 1, "a": 2}) == b'{"a":2,"b":1}'
