"""Each kind of mistake in a settings file has its place, a message that says what to do, and the allowed names."""

from dataclasses import dataclass

import pytest
from config_samples import FIXTURES, problems_of


@dataclass(frozen=True)
class Bad:
    """A fixture with one mistake, and the problem that it must give."""

    fixture: str
    line: int | None
    key: str
    message: str
    nearest: str | None = None
    allowed: tuple[str, ...] = ()


RULE_KEYS = ("name", "kpi", "grain", "by", "where", "below", "above", "for", "severity", "min_sample", "notify")
TOP_KEYS = ("company", "rules", "channels", "targets")
GRAINS = ("day", "week", "month")
TYPES = ("slack", "email")
REFERENCE_ADVICE = 'write a reference as "${NAME}" or "${NAME:-default}"'

BAD = [
    Bad("unknown_key", 5, "rules[0].graine", 'unknown key "graine"', "grain", RULE_KEYS),
    Bad("unknown_key_far", 2, "colour", 'unknown key "colour"', None, TOP_KEYS),
    Bad("unknown_key_in_union_member", 3, "channels.support.chanel", "unknown key", None, ("type", "webhook_url")),
    Bad("misspelt_required_key", 4, "rules[0].kp", 'unknown key "kp"', "kpi", RULE_KEYS),
    Bad("missing_key", 3, "rules[0].kpi", "this key is missing"),
    Bad("missing_top_level_key", None, "company", "this key is missing"),
    Bad("wrong_literal", 3, "rules[0].grain", '"weekly" is not allowed here', "week", GRAINS),
    Bad("wrong_enum", 3, "rules[0].severity", '"critcal" is not allowed here', "critical", ("warn", "critical")),
    Bad("wrong_tag", 4, "channels.support.type", '"slak" is not allowed here', "slack", TYPES),
    Bad("missing_tag", 3, "channels.support.type", "this key is missing", None, TYPES),
    Bad("tag_is_a_list", 3, "channels.support.type", "a list is not allowed here", None, TYPES),
    Bad("union_is_no_mapping", 3, "channels.support", 'write a mapping with the key "type", not "slack"'),
    Bad("not_a_number", 5, "rules[0].min_sample", 'write a whole number, not "many"'),
    Bad("not_text", 3, "rules[0].name", "write text, not the number 12; for text, put it in quotes"),
    Bad("not_a_boolean", 1, "company.open", 'write true or false, not "perhaps"'),
    Bad("not_a_list", 2, "rules", 'write a list (its items begin with "- "), not a mapping'),
    Bad("empty_key", 2, "rules", "not an empty value"),
    Bad("not_a_mapping", 1, "company", 'write a mapping with the keys name, opened, open, country, not "Atelier"'),
    Bad("no_such_date", 3, "company.opened", 'write a date such as 2024-01-31, not "2024-13-45"'),
    Bad("value_error", 5, "rules[0].below", '"80 percent" is not a bound; write 0.8 or "80%"'),
    Bad("value_error_of_a_model", 5, "rules[1]", "the rule floor has two sides; give below or above"),
    Bad(
        "validator_with_names",
        3,
        "rules[0].by",
        'unknown dimension "chanel"',
        "channel",
        ("channel", "team", "country"),
    ),
    Bad("too_small", 3, "rules[0].for", "the value must be at least 1"),
    Bad("too_short", 3, "channels.heads.to", "too short: at least 1 needed, 0 given"),
    Bad("alias_of_a_field", 5, "rules[0].for", 'write a whole number, not "often"'),
    Bad("union_scalar", 3, "rules[0].above", 'write a number or a mapping with the keys warn, critical, not "high"'),
    Bad("union_list", 3, "rules[0].above", "write a number or a mapping with the keys warn, critical, not a list"),
    Bad("union_mapping", 7, "rules[0].above.critcal", "unknown key", "critical", ("warn", "critical")),
    Bad("union_list_item", 6, "rules[0].where.channel[1]", "write text, not the number 3"),
    Bad("wrong_mapping_key", 4, 'targets["next year"]', "invalid key: write a date such as 2024-01-31"),
    Bad("key_with_spaces", 3, 'rules[0].where["Order date"]', "write text or a list, not the number 3"),
    Bad("second_alias_use", 8, "rules[1].min_sample", 'write a whole number, not "many"'),
    Bad("duplicate_key", 5, "rules[0].name", "duplicate key, first on line 3"),
    Bad("duplicate_top_level_key", 3, "rules", "duplicate key, first on line 2"),
    Bad("merge_of_a_scalar", 3, "rules[0].<<", "give a mapping or a list of mappings"),
    Bad("key_is_a_list", 2, "", "a key must be text"),
    Bad("tag_that_runs_code", 2, "company.name", "YAML tags are not supported"),
    Bad("local_tag", 2, "company.name", 'put text that begins with "!" in quotes'),
    Bad("missing_variable", 5, "channels.support.webhook_url", "the environment variable SLACK_HOST is not set"),
    Bad("missing_variable_in_a_tag", 3, "channels.support.type", "the environment variable CHANNEL_TYPE is not set"),
    Bad("missing_variable_in_a_number", 3, "rules[0].min_sample", "write a default: ${MIN_SAMPLE:-default}"),
    Bad("malformed_reference", 1, "company.name", REFERENCE_ADVICE),
    Bad("reference_in_a_default", 1, "company.name", "a default cannot contain a reference"),
    Bad("top_level_list", 1, "", 'write "key: value" lines; the top level is a list'),
    Bad("top_level_text", 1, "", 'write "key: value" lines; the top level is a single value'),
    Bad(
        "colon_in_text", 2, "", 'column 16: mapping values are not allowed here; put text that contains ": " in quotes'
    ),
    Bad("tab", 2, "", "indent with spaces, not with tabs"),
    Bad("open_quote", 2, "", "column 9: found unexpected end of stream; close the quotation mark that opens here"),
    Bad("open_bracket", 2, "", "close the bracket"),
    Bad("unquoted_reference_in_braces", 1, "", "put text that contains brackets or ${NAME} in quotes"),
    Bad("backslash", 2, "", "use single quotes"),
    Bad("undefined_alias", 2, "", 'put text that begins with "*" in quotes'),
    Bad("two_anchors", 3, "", "give each anchor (&) its own name"),
    Bad("two_documents", 2, "", "keep one document per file"),
    Bad("misaligned", 3, "", "align this line with its neighbours"),
    Bad("recursive_alias", 1, "", "an anchor (&) contains an alias to itself"),
    Bad("billion_laughs", 5, "", "with its aliases expanded, the file has more than 100,000 values"),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.fixture)
def test_mistake_has_place_message_and_suggestion(bad: Bad) -> None:
    file = FIXTURES / "bad" / f"{bad.fixture}.yaml"
    [problem] = problems_of(file)
    assert (problem.file, problem.line, problem.key) == (file, bad.line, bad.key)
    assert bad.message in problem.message
    assert problem.nearest == bad.nearest
    assert problem.allowed == bad.allowed
    assert "hunter2" not in str(problem)


def test_every_fixture_is_tested() -> None:
    assert sorted(file.stem for file in (FIXTURES / "bad").iterdir()) == sorted(bad.fixture for bad in BAD)
