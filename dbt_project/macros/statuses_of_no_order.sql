{# The statuses of orders that nobody placed, without accents: spam, tests, and what a shop calls deleted. #}
{% macro statuses_of_no_order() -%}
    ('spam', 'indesirable', 'test', 'deleted', 'supprime', 'supprimee', 'trash', 'trashed', 'corbeille')
{%- endmacro %}
