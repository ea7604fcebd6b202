"""Numbers of proposed settings, as people write them in several countries."""

import pytest
import yaml

from pipelines.services.propose import propose_settings
from pipelines.sources.files.propose import numbers
from tests.sources.shop import Shop


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", " ", "'", "\u2019"])
def test_recipients_of_a_french_campaign_are_numbers(shop: Shop, blank: str) -> None:
    shop.write(
        "campagnes.csv",
        "Nom de la campagne;Date d'envoi;Destinataires;Délivrés;Ouvertures uniques;Clics uniques;Désabonnés\n"
        f"Printemps;31/03/2025 10:00;26{blank}276;25{blank}900;7{blank}020;812;3\n"
        f"Été;30/06/2025 10:00;1{blank}026{blank}276;950;320;12;1\n",
    )
    proposal = propose_settings([shop.base / "campagnes.csv"], shop.base, {})
    assert proposal.text is not None, proposal.findings
    [source] = yaml.safe_load(proposal.text)["sources"]
    [table] = [table for table in source["tables"] if table["entity"] == "campaign_stat"]
    assert table["columns"]["sent"] == "Destinataires"
    assert shop.load(**table).failures == []
    assert shop.rows("campaign_stat", "sent", "unsubscribed") == [(26_276, 3), (1_026_276, 1)]


@pytest.mark.parametrize("text", ["0", "12", "1234", "26\u00a0276", "1'234'567", "1,234", "-5", "3.0"])
def test_whole_numbers(text: str) -> None:
    assert numbers.is_whole(text)


@pytest.mark.parametrize("text", ["", "1.5", "26\u00a027", "a", "1\u00a0234,5"])
def test_other_texts_are_no_whole_numbers(text: str) -> None:
    assert not numbers.is_whole(text)
