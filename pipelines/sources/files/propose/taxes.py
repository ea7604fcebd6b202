"""Which of several amounts is without tax: revenue is net where a file has both."""

from collections.abc import Collection, Sequence

from pipelines.sources.files.propose.matching import Match, name_score
from pipelines.sources.files.propose.model import Remark, edit
from pipelines.sources.files.propose.profile import Profile
from pipelines.sources.files.propose.text import folded, shown

_LEAST = 0.55
_NET = (
    *("net", "netto", "nett", "ht", "neto", "neta", "netta", "liquido", "liquida", "imponibile", "base imponible"),
    *("hors taxe", "hors taxes", "excl tax", "excluding tax", "excl vat", "excluding vat", "ex vat", "without tax"),
    *("before tax", "untaxed", "ohne mwst", "exkl mwst", "zzgl mwst", "ohne steuer", "sin iva", "sin impuestos"),
    *("iva esclusa", "senza iva", "sem iva", "sem impostos"),
)
_GROSS = (
    *("gross", "brutto", "ttc", "brut", "brute", "bruto", "bruta", "lordo", "lorda", "ivato"),
    *("toutes taxes comprises", "incl tax", "including tax", "incl vat", "including vat", "inc vat", "with tax"),
    *("after tax", "taxed", "mit mwst", "inkl mwst", "inkl steuer", "con iva", "iva incluido", "iva incluida"),
    *("con impuestos", "iva inclusa", "com iva", "com impostos"),
)
# Beside a fee, and without any tax, net is what the payment provider pays out.
_FEES = frozenset(
    {
        *("fee", "fees", "frais", "gebuhr", "gebuhren", "comision", "comisiones", "commission", "commissione"),
        *("commissioni", "comissao", "tarifa"),
    }
)
_TAXES = frozenset(
    {
        *("tax", "taxes", "vat", "tva", "taxe", "ht", "ttc", "mwst", "ust", "steuer", "umsatzsteuer", "mehrwertsteuer"),
        *("iva", "impuesto", "impuestos", "imposta", "imposte", "imposto", "impostos"),
    }
)


def net_amount(
    entity: str, match: Match, profiles: Collection[Profile], used: Collection[str]
) -> tuple[Profile, Remark] | None:
    """Returns the net amount beside a gross one, or the gross one if net is without fees; None if there are not both.

    `match` is the column whose name fits best, `used` are the columns of the file that fill something else.
    """
    money = [profile for profile in profiles if profile.fits("money") and profile.name not in used]
    nets = [profile for profile in money if _is_amount(profile.name, _NET, entity)]
    others = [profile for profile in money if _is_amount(profile.name, _GROSS, entity) and profile not in nets]
    net = match.profile if match.profile in nets else next(iter(nets), None)
    gross = match.profile if match.profile not in nets else next(iter(others), None)
    if net is None or gross is None:
        return None
    words = {word for profile in profiles for word in folded(profile.name).split()}
    if words & _FEES and not words & _TAXES:
        return gross, edit(f"before fees here; what is left after them is in column {shown(net.name)}")
    return net, edit(f"net here; gross is in column {shown(gross.name)}")


def _is_amount(header: str, words: Sequence[str], entity: str) -> bool:
    """Whether a header is that of an amount with one of the words: the net weight is none."""
    text = f" {folded(header)} "
    for word in words:
        if f" {word} " in text:
            rest = text.replace(f" {word} ", " ").strip()
            return not rest or name_score(rest, entity, "amount") >= _LEAST
    return False
