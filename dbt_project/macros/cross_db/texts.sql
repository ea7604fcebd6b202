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


{#
    A text without characters that nobody sees, and with each accented letter as one character: texts that look the same are
    the same. `unseen` are the characters that are removed: the zero-width space, the word joiner and the byte order mark.
#}
{% macro plain_text(text, unseen='\u200b\u2060\ufeff') -%}
    {{ adapter.dispatch('plain_text', 'vigie')(text, unseen) }}
{%- endmacro %}


{# Most texts have as many bytes as characters, and nothing to change. #}
{% macro duckdb__plain_text(text, unseen) -%}
    case
        when strlen({{ text }}) = length({{ text }}) then {{ text }}
        else translate(nfc_normalize({{ text }}), '{{ unseen }}', '')
    end
{%- endmacro %}


{# Not every engine can compose letters. #}
{% macro default__plain_text(text, unseen) -%}
    translate({{ text }}, '{{ unseen }}', '')
{%- endmacro %}
