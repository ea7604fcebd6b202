"""`vigie export`: writes one configured export now."""

from dataclasses import asdict, replace

from rich.text import Text

from pipelines.cli import options
from pipelines.cli.console import FAILED, REFUSED, fail, show, show_json, warn
from pipelines.cli.inputs import open_installation, parse_as_of, unknown_name


def export(
    name: options.ExportName,
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_of: options.AsOf = None,
    as_json: options.AsJson = False,
) -> None:
    """Write one configured export now, whether or not it is due."""
    from pipelines.cli.render.results import short_path
    from pipelines.cli.render.words import counted_words, word

    # These modules import the workbook writer.
    from pipelines.export.errors import ExportError
    from pipelines.notify.translations.reasons import reason_for
    from pipelines.services import build, deliver, exports
    from pipelines.services.upgrade import upgrade_home

    installation, loaded = open_installation(settings, home)
    language = loaded.company.language
    chosen = next((found for found in loaded.exports if found.name == name), None)
    if chosen is None:
        fail(unknown_name("export", name, (found.name for found in loaded.exports), language), REFUSED)
    installation = replace(installation, as_of=parse_as_of(as_of, loaded.company))
    upgrade_home(installation.home, loaded.company.name)
    if installation.home.warehouse.exists() and not build.has_passed(installation.home):
        warn(word("not_tested", language))
    try:
        with installation.ledger() as ledger:
            tick = exports.current_tick(installation, chosen)
            was_sent = bool(chosen.to.channels) and ledger.export_is_done(chosen.name, tick)
            result = exports.write(installation, ledger, chosen, tick)
            delivery = deliver.deliver_messages(installation, ledger) if chosen.to.channels else None
    except ExportError as error:
        fail(reason_for(str(error), language), FAILED)
    if as_json:
        show_json({"export": name, **asdict(result)})
    else:
        rows = counted_words(result.rows, "row", language)
        if delivery is None:
            show(Text(f"{short_path(result.path)}{word('colon', language)}{rows}"))
        else:
            state = (
                "sent_before" if was_sent else "export_waits" if delivery.waiting or delivery.failed else "export_sent"
            )
            names = ", ".join(result.channels)
            show(Text(f"{name}{word('colon', language)}{rows}, {word(state, language, names=names)}"))
        if result.warning is not None:
            warn(reason_for(result.warning, language))
    if delivery is not None and delivery.problems:
        fail("\n".join(reason_for(problem, language) for problem in delivery.problems), FAILED)
