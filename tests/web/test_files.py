"""Files to keep are called what they are, in any script."""

from sandan.web import attachment


def test_a_file_keeps_its_name_and_nobody_on_the_way_keeps_the_file():
    """What a header cannot hold is written as RFC 5987 has it."""
    plain = attachment("a,b", "heat-streams.csv")
    assert plain.headers["content-disposition"] == 'attachment; filename="heat-streams.csv"'
    assert plain.headers["cache-control"] == "no-store"
    assert plain.headers["content-type"] == "text/csv; charset=utf-8"
    korean = attachment(b"{}", '정산 "10월".json', "application/json")
    assert korean.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%EC%A0%95")
    assert '"' not in korean.headers["content-disposition"]
