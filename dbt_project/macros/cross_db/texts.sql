{# A text without its accents: é becomes e. #}
{% macro without_accents(text) -%}
    {{ adapter.dispatch('without_accents', 'vigie')(text) }}
{%- endmacro %}


{% macro duckdb__without_accents(text) -%}
    strip_accents({{ text }})
{%- endmacro %}


{% macro default__without_accents(text) -%}
    translate({{ text }}, 'àáâäãåçèéêëìíîïñòóôöõùúûüÿÀÁÂÄÃÅÇÈÉÊËÌÍÎÏÑÒÓÔÖÕÙÚÛÜŸ', 'aaaaaaceeeeiiiinooooouuuuyAAAAAACEEEEIIIINOOOOOUUUUY')
{%- endmacro %}
