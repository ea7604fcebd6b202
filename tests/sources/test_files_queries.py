"""Tables that are the result of a query over several files."""

from typing import Any

from tests.sources.shop import Shop, utc

SURVEY: dict[str, Any] = {
    "paths": {"reviews": "reviews-*.csv", "orders": "orders.jsonl"},
    "sql": "SELECT review_id AS response_id, 'csat' AS kind, day AS answered_at, score, 1 AS scale_min, 5 AS scale_max,"
    " customer AS customer_id, day AS extra FROM reviews JOIN orders USING (order_id) ORDER BY review_id;",
    "keep_latest_by": "extra",
    "null_values": ["", "?"],
    "datetime_format": "%d/%m/%Y",
}


def write_survey(shop: Shop) -> None:
    shop.write("reviews-1.csv", "review_id,order_id,score,day\nr1,1,5,31/01/2024\nr2,2,x,31/01/2024\nr3,too few\n")
    shop.write("reviews-2.csv", "review_id;order_id;score;day;more\nr4;2;4;01/02/2024;m\nr5;2;?;01/02/2024;m\n")
    shop.write("orders.jsonl", '{"order_id": "1", "customer": "c1"}\n{"order_id": "2", "customer": "c2"}\n[]\n')


def test_a_query_over_several_files(shop: Shop) -> None:
    write_survey(shop)
    report = shop.load("survey_response", SURVEY)
    assert report.failures == []
    (load,) = report.new_loads
    names = "reviews-1.csv, reviews-2.csv, orders.jsonl"
    assert shop.rows("survey_response", "response_id", "score", "customer_id", "_file", "_row", "_version_at") == [
        ("r1", 5.0, "c1", names, 1, utc("2024-01-30T23:00")),
        ("r4", 4.0, "c2", names, 3, utc("2024-01-31T23:00")),
    ]
    assert sorted(
        (record["file"], record["row"], record["reason"]) for record in shop.quarantine("survey_response")
    ) == [
        ("orders.jsonl", 3, "the record is not a JSON object: []"),
        ("reviews-1.csv", 4, "the record has 2 fields where the header has 4"),
        (names, 2, '"x" is not a number'),
        (names, 4, "score is empty"),
    ]
    assert [file.path for file in load.files] == ["reviews-1.csv", "reviews-2.csv", "orders.jsonl"]


def test_a_query_runs_again_when_one_of_its_files_changes(shop: Shop) -> None:
    write_survey(shop)
    shop.load("survey_response", SURVEY)
    assert shop.load("survey_response", SURVEY).unchanged == 3
    shop.write("orders.jsonl", '{"order_id": "1", "customer": "c9"}\n')
    assert shop.load("survey_response", SURVEY).rows == 1


def test_a_query_that_does_not_fit_the_files_fails(shop: Shop) -> None:
    write_survey(shop)
    (problem,) = shop.load("survey_response", {**SURVEY, "sql": "SELECT scor FROM reviews"}).failures
    assert problem.startswith("the sql of survey_response does not fit reviews-1.csv, reviews-2.csv, orders.jsonl: ")
    assert "scor" in problem
    (problem,) = shop.load(
        "survey_response", {**SURVEY, "sql": "SELECT review_id AS response_id FROM reviews"}
    ).failures
    assert 'has no column "kind"' in problem
    (problem,) = shop.load("survey_response", {**SURVEY, "paths": {**SURVEY["paths"], "none": "no-*.csv"}}).failures
    assert problem.startswith("no file matches no-*.csv")
