{# The statuses of tickets that are open, whatever else is known of them: what helpdesks write, in English and French. #}
{% macro open_ticket_statuses() -%}
    (
        'new', 'open', 'opened', 'reopened', 're-opened', 'pending', 'hold', 'on hold', 'on-hold', 'on_hold', 'in progress',
        'in-progress', 'in_progress', 'waiting', 'waiting on contact', 'waiting on us', 'waiting on customer', 'snoozed',
        'nouveau', 'ouvert', 'rouvert', 'réouvert', 'en attente', 'en cours', 'en pause'
    )
{%- endmacro %}
