{# The statuses that mark tickets which are no requests of customers, or stand for another ticket. #}
{% macro excluded_ticket_statuses(merged=true) -%}
    ('spam', 'deleted', 'test'{{ ", 'merged'" if merged }})
{%- endmacro %}
