{# The statuses of tickets that are not requests of customers, or that were merged into another ticket. #}
{% macro excluded_ticket_statuses(merged=true) -%}
    (
        'spam', 'deleted', 'test', 'indésirable', 'supprimé', 'supprimée'
        {{- ", 'merged', 'fusionné', 'fusionnée'" if merged }}
    )
{%- endmacro %}
