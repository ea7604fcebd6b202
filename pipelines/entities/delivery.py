"""How it is evaluated whether a source delivers a column: whether an empty cell says 'no' or says nothing.

decisions/0017 has the reasons. The models `int_delivered` and `int_delivered_emails` evaluate it, with the same lists
as the generated macro `evaluated_columns`.
"""

from collections.abc import Mapping
from typing import Literal

# common: from the first month in which a share of the rows have it. uncommon: from the first month in which a row has
# it. rare: as uncommon, and from the start if the extracts have a column for it.
Frequency = Literal["common", "uncommon", "rare"]

# The columns that are evaluated, by entity. Those of an e-mail also follow from events.
EVALUATED: Mapping[str, Mapping[str, Frequency]] = {
    "customer": {"churned_at": "rare"},
    "email_event": {"is_machine": "uncommon"},
    "email_send": {
        "delivered_at": "common",
        "first_opened_at": "common",
        "first_clicked_at": "rare",
        "bounced_at": "rare",
        "unsubscribed_at": "rare",
        "complained_at": "rare",
    },
    "exposure": {"converted_at": "rare"},
    "interaction": {"author": "common", "channel": "common"},
    "lead": {"converted_at": "uncommon"},
    "order": {"margin": "common"},
    "ticket": {
        "first_response_at": "common",
        "resolved_at": "common",
        "closed_at": "common",
        "channel": "common",
        "agent_reply_count": "common",
        "interaction_count": "common",
        "is_automated": "common",
        "reopen_count": "rare",
    },
}


def evaluated_columns() -> tuple[str, ...]:
    """Returns the names of all evaluated columns, sorted; some are columns of several entities."""
    return tuple(sorted({name for columns in EVALUATED.values() for name in columns}))
