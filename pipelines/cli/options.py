"""The options and arguments of commands: their names, their help, and how shells complete them."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.alert_filter import AlertSeverity, AlertStatus
from pipelines.cli.completion import (
    complete_alerts,
    complete_channels,
    complete_exports,
    complete_kpis,
    complete_rules,
    complete_rules_and_alerts,
    complete_sources,
    complete_sources_and_tables,
)

# Where settings and Vigie's own data are by default.
SETTINGS = Path("settings")
HOME = Path("var")

# Of every command, or of several.
SettingsPath = Annotated[
    Path, typer.Option("--settings", help="A YAML file, or a folder of YAML files.", envvar="VIGIE_SETTINGS")
]
HomePath = Annotated[Path, typer.Option("--home", help="The folder for Vigie's own data.", envvar="VIGIE_HOME")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="The time that counts as now; later events are ignored.", envvar="VIGIE_AS_OF"),
]
RenameCompany = Annotated[
    bool,
    typer.Option("--rename-company", help="The company in the settings is that of the home folder under a new name."),
]

# Extracts and sources.
Files = Annotated[list[Path], typer.Argument(help="Extract files: CSV, Excel, JSON or Parquet.", show_default=False)]
TargetFolder = Annotated[Path, typer.Option("--to", help="The folder for the settings; it must not have any yet.")]
OnlySource = Annotated[
    str | None,
    typer.Option(
        "--source", help="Load only this source; the other steps run as always.", autocompletion=complete_sources
    ),
]
SourceOrTable = Annotated[
    str | None,
    typer.Argument(
        metavar="[SOURCE[.TABLE]]",
        help="A source, or one entity of it; all without it.",
        autocompletion=complete_sources_and_tables,
    ),
]
EntityName = Annotated[str | None, typer.Argument(help="The name of an entity; all entities without it.")]

# KPIs, rules, channels and exports by name.
KpiName = Annotated[
    str | None, typer.Argument(help="The name of a KPI; all KPIs without it.", autocompletion=complete_kpis)
]
KpiNames = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KPI...]", help="The names of KPIs; all without them.", autocompletion=complete_kpis),
]
GrainOfValues = Annotated[
    str, typer.Option("--grain", help="The periods of the values: day, week, month, quarter or year.")
]
ByDimension = Annotated[
    str | None, typer.Option("--by", help="Values by a dimension of its segments, such as channel.", show_default=False)
]
PeriodsShown = Annotated[
    int | None,
    typer.Option(
        "--periods", min=1, help="How many of the last periods; 12 by default, 3 with --by.", show_default=False
    ),
]
RuleNames = Annotated[
    list[str] | None, typer.Argument(help="The names of rules; all rules without it.", autocompletion=complete_rules)
]
Against = Annotated[
    str | None,
    typer.Option(
        "--against",
        metavar="RULE|FILE",
        help="Another rule, or a YAML file with `rules:`, whose alerts are shown side by side.",
        autocompletion=complete_rules,
        show_default=False,
    ),
]
FirstDay = Annotated[str | None, typer.Option("--from", help="The first day whose periods are evaluated.")]
LastDay = Annotated[str | None, typer.Option("--to", help="The last day whose periods are evaluated.")]
ChannelName = Annotated[
    str | None, typer.Argument(help="The channel to test; all of them without it.", autocompletion=complete_channels)
]
ExportName = Annotated[
    str, typer.Argument(help="The name of the export in the settings.", autocompletion=complete_exports)
]

# Alerts: one of them, or those that options choose.
AlertId = Annotated[
    str | None,
    typer.Argument(
        metavar="ID", help="One alert with its history: its id, or the beginning of it.", autocompletion=complete_alerts
    ),
]
AlertIds = Annotated[
    list[str],
    typer.Argument(
        metavar="ID...",
        help="Ids of alerts, or the beginnings of them, as `vigie alerts` shows them.",
        autocompletion=complete_alerts,
        show_default=False,
    ),
]
OfRule = Annotated[str | None, typer.Option("--rule", help="Only those of a rule.", autocompletion=complete_rules)]
OfKpi = Annotated[str | None, typer.Option("--kpi", help="Only those on a KPI.", autocompletion=complete_kpis)]
OfSeverity = Annotated[AlertSeverity | None, typer.Option("--severity", help="Only those of a severity.")]
WithStatus = Annotated[AlertStatus | None, typer.Option("--status", help="Only those with a status.")]
OfSegment = Annotated[str | None, typer.Option("--segment", help="Only those of a segment, such as chat.")]
WithResolved = Annotated[bool, typer.Option("--all", help="Resolved alerts as well.")]
Since = Annotated[
    str | None, typer.Option("--since", help="Open since then or resolved after it: 2026-01-05, company time.")
]
Comment = Annotated[str | None, typer.Option("--comment", help="What is being done, shown with the alert.")]
Person = Annotated[str | None, typer.Option("--by", help="Who it is; the user of this machine by default.")]

# Silences.
RuleOrAlert = Annotated[
    str | None,
    typer.Argument(
        help="The name of a rule, or the id of an open alert or its beginning; without it, all silences.",
        autocompletion=complete_rules_and_alerts,
    ),
]
SilencedSegment = Annotated[str | None, typer.Option("--segment", help="Only this segment of the rule.")]
ForSoLong = Annotated[str | None, typer.Option("--for", help="The duration: 90m, 4h, 3d.")]
Until = Annotated[str | None, typer.Option("--until", help="The end, in company time: 2026-01-05T09:00.")]
Reason = Annotated[str | None, typer.Option("--reason", help="The reason, shown with the alerts.")]
EndNow = Annotated[bool, typer.Option("--end", help="End the silence now.")]
