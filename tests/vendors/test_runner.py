"""`python -m pipelines.sources.<type>`: fetches from one account alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.raw import RawStore
from pipelines.sources.rest.runner import main
from tests.vendors.mailchimp.mailchimp_server import KEY, MailchimpServer
from tests.vendors.mailchimp.test_mailchimp import campaign, order

SETTINGS = """
company: {{name: Lumen, timezone: Europe/Paris, currency: EUR}}
sources:
  - {{name: mail, type: mailchimp, api_key: "${{MAILCHIMP_KEY}}", base_url: "{url}"}}
  - {{name: shop, type: files, tables: [{{entity: order, path: orders.csv}}]}}
rules: [what this command does not read]
"""


@pytest.fixture
def server() -> Iterator[MailchimpServer]:
    server = MailchimpServer()
    server.campaigns["c1"] = campaign(1)
    server.orders = {"1": order(1), "2": order(2, order_total="a lot")}
    with server.running():
        yield server


class Runner:
    """The command on settings of its own, with what it wrote."""

    def __init__(
        self, server: MailchimpServer, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("MAILCHIMP_KEY", KEY)
        self.settings, self.home, self._capsys = folder / "settings.yaml", folder / "var", capsys
        self.write(SETTINGS.format(url=server.base_url))

    def write(self, settings: str) -> None:
        self.settings.write_text(settings, encoding="utf-8")

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        status = main("mailchimp", ["--settings", str(self.settings), "--home", str(self.home), *arguments])
        out, err = self._capsys.readouterr()
        return status, out, err


@pytest.fixture
def run(
    server: MailchimpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Runner:
    return Runner(server, tmp_path, monkeypatch, capsys)


def test_every_resource_is_fetched_and_counted(run: Runner) -> None:
    status, out, err = run()
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "campaigns: 1 rows, 0 deletions, 0 rejected",
        "sent_to: 3 rows, 0 deletions, 0 rejected",
        "orders: 1 rows, 0 deletions, 1 rejected",
    ]
    assert len(RawStore(run.home).loads("mail", "sent_to")) == 1
    assert "sent_to: 0 rows" in run()[1]


def test_a_dry_run_counts_and_changes_nothing(run: Runner) -> None:
    status, out, _ = run("--dry-run", "--resource", "sent_to")
    assert (status, out) == (0, "sent_to: 3 rows, 0 deletions, 0 rejected would be loaded\n")
    assert not run.home.exists()


def test_progress_is_shown_while_many_records_come(run: Runner, server: MailchimpServer) -> None:
    server.campaigns["c1"] = campaign(1, recipients=25_000)
    _, out, _ = run("--resource", "sent_to")
    assert [line for line in out.splitlines() if "records" in line] == ["sent_to: 25,000 records"]


def test_a_refused_key_is_a_failure_in_words_without_the_key(run: Runner, server: MailchimpServer) -> None:
    server.key = "another"
    status, out, err = run("--resource", "orders")
    assert status == 1
    assert "orders: Mailchimp refuses /3.0/ecommerce/orders (HTTP 401): create a new API key" in err
    assert KEY not in out + err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--resource", "tickets"), "no resource tickets; there are campaigns, sent_to, orders"),
        (("--source", "shop"), "no source shop of type mailchimp; there are mail"),
    ],
)
def test_what_does_not_exist_is_said(run: Runner, arguments: tuple[str, ...], words: str) -> None:
    status, _, err = run(*arguments)
    assert (status, err) == (2, f"{words}\n")


def test_several_sources_of_the_type_need_a_choice(run: Runner, server: MailchimpServer) -> None:
    one = SETTINGS.format(url=server.base_url)
    run.write(one.replace("rules:", f"  - {{name: other, type: mailchimp, api_key: {KEY}}}\nrules:"))
    assert run()[2] == "several sources are of type mailchimp: choose one with --source (mail, other)\n"
    assert run("--source", "mail", "--dry-run")[0] == 0


def test_a_mistake_in_the_settings_has_its_line(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILCHIMP_KEY")
    status, _, err = run()
    assert status == 2
    assert "settings.yaml:4" in err
    assert "MAILCHIMP_KEY" in err
