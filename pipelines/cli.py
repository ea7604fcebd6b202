"""The console script `vigie`."""

import gc
import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from pipelines import catalogue, config, scorecard, warehouse
from pipelines import settings as vigie_settings
from pipelines.catalogue import CatalogueError
from pipelines.config import SettingsError
from pipelines.home import Home, HomeBusyError
from pipelines.ledger import Ledger, LedgerError, Silence
from pipelines.settings import Settings
from pipelines.warehouse import WarehouseError
from pipelines.watch.backtest import replay
from pipelines.watch.rule import Amount

app = typer.Typer(
    help="Watches a company's customer-relationship KPIs.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip

SettingsPath = Annotated[
    Path, typer.Option("--settings", help="A YAML file, or a folder of them.", envvar="VIGIE_SETTINGS")
]
HomePath = Annotated[Path, typer.Option("--home", help="Where Vigie keeps what it writes.", envvar="VIGIE_HOME")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

DEFAULT_SETTINGS = Path("settings")
DEFAULT_HOME = Path("var")

FAILED = 1
REFUSED = 2
INTERRUPTED = 130

# What any date of a company's history may be compared with, whatever the zone.
_YEARS = range(1970, 3000)

# Into a file or a pipe the tables go in their full width.
_WIDTH = None if sys.stdout.isatty() else 140

out = Console(width=_WIDTH)
err = Console(stderr=True)


def _print_version(asked: bool) -> None:
    if asked:
        out.print(f"vigie {metadata.version('vigie-kpi')}", highlight=False)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Watches a company's customer-relationship KPIs."""


def main() -> None:
    """Runs the command line."""
    try:
        app()
    finally:
        # A process that ends need not look for garbage in all of Dagster, which takes a second.
        gc.freeze()


def _stop(message: str, status: int) -> NoReturn:
    err.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(status)


def _in_words(command: Callable[..., None]) -> Callable[..., None]:
    """Turns the errors a user can cause into a message and an exit status."""

    @wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except SettingsError as error:
            _stop(f"{error}\nThe settings are refused: {_count(len(error.problems), 'mistake')}.", REFUSED)
        except (WarehouseError, LedgerError, HomeBusyError, CatalogueError) as error:
            _stop(str(error), FAILED)
        except KeyboardInterrupt:
            _stop("Stopped. What was done is kept; the next run takes up the rest.", INTERRUPTED)

    return guarded


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _moment(option: str, text: str | None, settings: Settings) -> datetime | None:
    """A moment as typed; without an offset it is meant in the company's time zone."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        _stop(f"{option}: {text} is not a moment; write 2026-01-05T06:00:00 or 2026-01-05T06:00:00+01:00", REFUSED)
    if moment.year not in _YEARS:
        _stop(f"{option}: {text} lies outside the years {_YEARS.start} to {_YEARS.stop - 1}", REFUSED)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(settings.company.timezone))
    return moment.astimezone(UTC)


@app.command()
@_in_words
def run(
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_of: Annotated[
        str | None,
        typer.Option(help="The moment that counts as now; what happened later has not happened.", envvar="VIGIE_AS_OF"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """One complete pass: ingest, dbt, watch, deliver, publish, export."""
    from pipelines.orchestration import dbt_process  # noqa: PLC0415 - as below

    # Beside the import of Dagster, which takes as long.
    dbt_process.start_importing()
    from pipelines.orchestration.run import one_pass  # noqa: PLC0415 - Dagster takes seconds to import

    loaded = vigie_settings.load(settings)
    moment = _moment("--as-of", as_of, loaded)
    with err.status("starting") as status:
        report = one_pass(
            settings, home, as_of=moment, progress=lambda job: status.update(scorecard.JOB_WORDS.get(job, job))
        )
    if as_json:
        out.print_json(json.dumps(scorecard.as_json(report, loaded, Home(home)), default=str))
    else:
        scorecard.show(report, loaded, Home(home), config.base_folder(settings), out)
    raise typer.Exit(0 if report.succeeded else FAILED)


@app.command()
@_in_words
def check(settings: SettingsPath = DEFAULT_SETTINGS, home: HomePath = DEFAULT_HOME) -> None:
    """Validates the settings without touching data."""
    loaded = vigie_settings.load(settings)
    out.print(
        f"The settings are valid: {_count(len(loaded.sources), 'source')}, {_count(len(loaded.rules), 'rule')},"
        f" {_count(len(loaded.channels), 'channel')}, {_count(len(loaded.exports), 'export')}.",
        highlight=False,
    )


@app.command()
@_in_words
def doctor(settings: SettingsPath = DEFAULT_SETTINGS, home: HomePath = DEFAULT_HOME) -> None:
    """Tries every connection: sources, channels, destinations."""
    from pipelines import doctor as examination  # noqa: PLC0415 - brings in the clients of every kind of connection

    loaded = vigie_settings.load(settings)
    findings = examination.examine(loaded, Home(home), config.base_folder(settings))
    for finding in findings:
        out.print(
            f"[{'green' if finding.problem is None else 'red'}]{'ok  ' if finding.problem is None else 'FAIL'}[/]",
            end=" ",
        )
        out.print(
            finding.subject if finding.problem is None else f"{finding.subject}: {finding.problem}",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
    raise typer.Exit(FAILED if any(finding.problem for finding in findings) else 0)


@app.command()
@_in_words
def kpi(
    name: Annotated[str | None, typer.Argument(help="The KPI's name; without it the whole catalogue.")] = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
) -> None:
    """The catalogue; or one KPI with its definition and last values."""
    kpis = catalogue.load()
    if name is None:
        scorecard.show_catalogue(kpis.values(), out)
        return
    if name not in kpis:
        near = config.nearest(name, kpis)
        _stop(
            f"There is no KPI called {name}{f'; did you mean {near}?' if near else ''} `vigie kpi` lists all.",
            REFUSED,
        )
    scorecard.show_definition(kpis[name], out)
    where = Home(home).warehouse
    if not where.exists():
        out.print("No values yet: `vigie run` computes them.", style="dim")
        return
    loaded = vigie_settings.load(settings)
    found = warehouse.readings(where, warehouse.Selection(name, "month", "all")).get("all", [])
    if not found:
        out.print("No values yet: no source fills what it is made of, or no run has since.", style="dim")
        return
    scorecard.show_values(kpis[name], found, loaded.company, out)


def _existing_ledger(home: Path) -> Ledger:
    where = Home(home).ledger
    if not where.exists():
        _stop(f"There are no alerts in {home}: nothing has run there yet.", REFUSED)
    return Ledger(where)


@app.command()
@_in_words
def alerts(settings: SettingsPath = DEFAULT_SETTINGS, home: HomePath = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """The open alerts."""
    loaded = vigie_settings.load(settings)
    with _existing_ledger(home) as ledger:
        found = ledger.open_alerts()
        silences = ledger.silences(datetime.now(UTC))
    if as_json:
        out.print_json(json.dumps(scorecard.alerts_as_json(found, silences), default=str))
    else:
        scorecard.show_alerts(found, silences, loaded, out)


@app.command()
@_in_words
def ack(
    alert_id: Annotated[str, typer.Argument(help="The alert's id, as `vigie alerts` shows it.")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
) -> None:
    """Acknowledges an open alert: someone looks after it."""
    loaded = vigie_settings.load(settings)
    with _existing_ledger(home) as ledger:
        known = [str(row["alert_id"]) for row in ledger.open_alerts()]
        if not ledger.acknowledge(alert_id, datetime.now(UTC)):
            near = config.nearest(alert_id, known)
            _stop(f"No open alert has the id {alert_id}{f'; did you mean {near}?' if near else '.'}", REFUSED)
        [since] = [row["acknowledged_at"] for row in ledger.open_alerts() if row["alert_id"] == alert_id]
    local = since.astimezone(ZoneInfo(loaded.company.timezone))
    out.print(f"Acknowledged {alert_id}: seen since {local:%Y-%m-%d %H:%M %Z}.", highlight=False)


@app.command()
@_in_words
def silence(
    name: Annotated[
        str | None, typer.Argument(help="A rule, or an open alert's id; without it, what is silent.")
    ] = None,
    segment: Annotated[str | None, typer.Option(help="Of a rule, this segment alone.")] = None,
    duration: Annotated[str | None, typer.Option("--for", help="How long: 90m, 4h, 3d.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this moment, company-local: 2026-01-05T09:00.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; it is shown with the alerts.")] = None,
    end: Annotated[bool, typer.Option("--end", help="End the silence now.")] = False,
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
) -> None:
    """Keeps back messages for a while; what is still true afterwards is told then."""
    loaded = vigie_settings.load(settings)
    now = datetime.now(UTC)
    if name is None and (end or any(given is not None for given in (segment, duration, until, reason))):
        _stop("Say which rule, or which alert: `vigie alerts` and the settings name them.", REFUSED)
    with _existing_ledger(home) as ledger:
        if name is None:
            scorecard.show_silences(ledger.silences(now), loaded.company, out)
            return
        rule, segment = _silenced(name, segment, loaded, ledger)
        if end:
            ended = ledger.end_silence(rule, segment, now)
            what = f"{rule}{f' ({segment})' if segment else ''}"
            if not ended:
                _stop(f"There is no silence on {what}: `vigie silence` lists them.", REFUSED)
            out.print(f"The silence on {what} is over.", highlight=False)
            return
        if not reason or not reason.strip():
            _stop("Say why with --reason: whoever sees the alert wants to know.", REFUSED)
        ledger.silence(Silence(rule, segment, reason.strip(), now, _end_of_silence(duration, until, loaded, now)))
        scorecard.show_silences(ledger.silences(now), loaded.company, out)


def _silenced(name: str, segment: str | None, settings: Settings, ledger: Ledger) -> tuple[str, str | None]:
    """The rule that is meant, by its name or by an alert's id, and its segment."""
    rules = [rule.name for rule in settings.rules]
    if name in rules:
        known = [series.segment for series in ledger.states(name)]
        if segment is not None and segment not in known:
            near = config.nearest(segment, known)
            _stop(f"{name} watches no segment {segment!r}{f'; did you mean {near}?' if near else '.'}", REFUSED)
        return name, segment
    alerts = {str(alert["alert_id"]): alert for alert in ledger.open_alerts()}
    if name in alerts:
        is_whole = alerts[name]["segment_type"] == "all"
        return alerts[name]["rule"], None if is_whole else alerts[name]["segment"]
    near = config.nearest(name, [*rules, *alerts])
    _stop(
        f"{name} is neither a rule nor an open alert{f'; did you mean {near}?' if near else '.'}"
        f" The rules are: {', '.join(rules) or 'none'}.",
        REFUSED,
    )


def _end_of_silence(duration: str | None, until: str | None, settings: Settings, now: datetime) -> datetime:
    if (duration is None) == (until is None):
        _stop("Say how long, with --for 4h or --until 2026-01-05T09:00.", REFUSED)
    if duration is not None:
        try:
            amount = Amount.read(duration)
            end = now + timedelta(seconds=amount)
        except (ValueError, OverflowError):
            amount, end = Amount(0), now
        if amount.form != "duration" or end <= now or end.year not in _YEARS:
            _stop(f"--for: {duration} is not how long a silence lasts; write 90m, 4h or 3d", REFUSED)
        return end
    moment = _moment("--until", until, settings)
    if moment is None or moment <= now:
        _stop(f"--until: {until} is over already", REFUSED)
    return moment


@app.command()
@_in_words
def backtest(
    rules: Annotated[list[str] | None, typer.Argument(help="The rules' names; without any, all of them.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first day whose periods count.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day whose periods count.")] = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Replays rules over the history of the KPIs: what would have been told, and when. Sends nothing."""
    loaded = vigie_settings.load(settings)
    names = [rule.name for rule in loaded.rules]
    for name in rules or ():
        if name not in names:
            near = config.nearest(name, names)
            _stop(
                f"There is no rule called {name}{f'; did you mean {near}?' if near else '.'}"
                f" The settings have: {', '.join(names) or 'none'}.",
                REFUSED,
            )
    since, until = _day("--from", first), _day("--to", last)
    where = Home(home).warehouse
    if not where.exists():
        _stop(f"There is no history in {home}: `vigie run` computes it.", REFUSED)
    replays = []
    periods = []
    for rule in loaded.rules:
        if not rules or rule.name in rules:
            selection = warehouse.Selection(rule.kpi, rule.grain, rule.segment_type, rule.segments)
            readings = warehouse.readings(where, selection)
            periods += [reading.period_start for found in readings.values() for reading in found if reading.is_complete]
            replays.append((rule, replay(rule, readings, datetime.now(UTC), first=since, last=until)))
    if as_json:
        ends = (since or min(periods, default=None), until or max(periods, default=None))
        out.print_json(json.dumps(scorecard.backtests_as_json(replays, *ends), default=str))
    else:
        scorecard.show_backtests(replays, loaded.company, out)


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        _stop(f"{option}: {text} is not a day; write 2025-12-31", REFUSED)


@app.command()
@_in_words
def export(
    name: Annotated[str, typer.Argument(help="The export's name in the settings.")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_of: Annotated[str | None, typer.Option(help="The moment that counts as now.", envvar="VIGIE_AS_OF")] = None,
) -> None:
    """Runs one configured export now, whether or not it is due."""
    from pipelines.export.errors import ExportError  # noqa: PLC0415 - brings in the workbook writer
    from pipelines.orchestration import exporting, transform  # noqa: PLC0415
    from pipelines.orchestration.resources import Vigie  # noqa: PLC0415

    loaded = vigie_settings.load(settings)
    chosen = next((found for found in loaded.exports if found.name == name), None)
    if chosen is None:
        names = [found.name for found in loaded.exports]
        near = config.nearest(name, names)
        _stop(
            f"There is no export called {name}{f'; did you mean {near}?' if near else '.'}"
            f" The settings have: {', '.join(names) or 'none'}.",
            REFUSED,
        )
    moment = _moment("--as-of", as_of, loaded)
    vigie = Vigie(
        settings_path=str(settings), home_path=str(home), as_of=None if moment is None else moment.isoformat()
    )
    if vigie.home.warehouse.exists() and not transform.has_passed(vigie.home):
        err.print(
            "The tables did not pass their tests, or are being built: figures may be wrong. `vigie run` tells more.",
            style="yellow", highlight=False,
        )  # fmt: skip
    try:
        with vigie.ledger() as ledger:
            result = exporting.write(loaded, vigie, ledger, chosen, exporting.tick_of(chosen, loaded, vigie.now()))
    except ExportError as error:
        _stop(str(error), FAILED)
    out.print(f"{scorecard.shown(result.path)}: {_count(result.rows, 'row')}", highlight=False, soft_wrap=True)


@app.command(hidden=True)
def catalogue_page() -> None:
    """Prints docs/kpis.md."""
    sys.stdout.write(scorecard.catalogue_page(catalogue.load().values()))


@app.command(hidden=True)
def schema() -> None:
    """Prints the JSON Schema of the settings, for editors."""
    sys.stdout.write(json.dumps(config.json_schema(Settings), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
