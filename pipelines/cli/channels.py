"""`vigie channels`: the channels; `vigie channels test` sends a message through them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.cli import options
from pipelines.cli.console import FAILED, REFUSED, fail, show, show_json
from pipelines.cli.inputs import open_installation, unknown_name

if TYPE_CHECKING:
    from pipelines.kpis.formatting import Language
    from pipelines.notify.channels.base import Channel
    from pipelines.services.installation import Installation
    from pipelines.settings import Settings


class ChannelAction(StrEnum):
    """What can be done with channels beside listing them."""

    TEST = "test"


def channels(
    action: Annotated[
        ChannelAction | None, typer.Argument(metavar="test", help="Send a test message; without it, list channels.")
    ] = None,
    name: options.ChannelName = None,
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """List the channels, or send a test message through one or all of them."""
    from pipelines.settings import channels_of

    installation, loaded = open_installation(settings, home)
    known = channels_of(loaded, installation.home.path)
    if name is not None and name not in known:
        fail(unknown_name("channel", name, known, loaded.company.language), REFUSED)
    if action is None:
        _list(known, loaded, as_json=as_json)
    else:
        _test(installation, list(known) if name is None else [name], loaded.company.language, as_json=as_json)


def _list(known: "Mapping[str, Channel]", settings: "Settings", *, as_json: bool) -> None:
    from pipelines.cli.render.words import word
    from pipelines.settings import OPERATORS

    rules, language = _rules_of(settings, known), settings.company.language
    if as_json:
        listed = [{"name": name, "type": channel.type, "rules": rules[name]} for name, channel in known.items()]
        show_json({"channels": listed})
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("channel", "type", "gets"):
        table.add_column(word(heading, language), overflow="fold", no_wrap=heading != "gets")
    for name, channel in known.items():
        failures = [word("failures_of_the_pipeline", language)] if name == OPERATORS else []
        gets = ", ".join([*failures, *rules[name]]) or word("nothing", language)
        table.add_row(escape(name), channel.type, escape(gets))
    show(table)


def _test(installation: "Installation", names: Sequence[str], language: "Language", *, as_json: bool) -> None:
    from pipelines.cli.render.results import outcome
    from pipelines.cli.render.values import MAX_TEXT_LENGTH
    from pipelines.cli.render.words import word
    from pipelines.notify.sanitize import readable
    from pipelines.notify.translations.reasons import reason_for
    from pipelines.services.try_channels import try_channels

    trials = list(try_channels(installation, names))
    if as_json:
        show_json({"channels": trials})
    for trial in () if as_json else trials:
        # What the receiver answered is shown as it is.
        detail = trial.detail if trial.delivered else reason_for(trial.detail, language)
        subject = f"{trial.channel} ({trial.type}){word('colon', language)}{readable(detail, MAX_TEXT_LENGTH)}"
        show(Text.assemble(outcome(language, is_good=trial.delivered), "  ", subject))
        for recipient in trial.refused:
            refused = word("was_refused", language, recipient=readable(recipient, MAX_TEXT_LENGTH))
            show(Text(f"      ! {refused}", style="yellow"))
    raise typer.Exit(0 if all(trial.delivered and not trial.refused for trial in trials) else FAILED)


def _rules_of(settings: "Settings", names: "Mapping[str, Channel]") -> Mapping[str, list[str]]:
    """Returns the rules that send their alerts to each channel; one that names none sends them to all but operators."""
    from pipelines.settings import OPERATORS

    rules: dict[str, list[str]] = defaultdict(list)
    for rule in settings.rules:
        for name in rule.notify or [name for name in names if name != OPERATORS]:
            rules[name].append(rule.name)
    return rules
