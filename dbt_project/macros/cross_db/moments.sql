{# The type of a moment, a timestamp whose local time is that of the session's time zone. #}
{% macro moment_type() -%}
    {{ adapter.dispatch('moment_type', 'vigie')() }}
{%- endmacro %}


{% macro duckdb__moment_type() -%} timestamptz {%- endmacro %}


{% macro spark__moment_type() -%} timestamp {%- endmacro %}


{# Microseconds from one moment to another, an integer. #}
{% macro microseconds_between(earlier, later) -%}
    {{ adapter.dispatch('microseconds_between', 'vigie')(earlier, later) }}
{%- endmacro %}


{% macro duckdb__microseconds_between(earlier, later) -%}
    date_diff('microsecond', {{ earlier }}, {{ later }})
{%- endmacro %}


{% macro spark__microseconds_between(earlier, later) -%}
    (unix_micros({{ later }}) - unix_micros({{ earlier }}))
{%- endmacro %}


{# Microseconds from 1970, UTC, to a moment, an integer. #}
{% macro epoch_microseconds(moment) -%}
    {{ adapter.dispatch('epoch_microseconds', 'vigie')(moment) }}
{%- endmacro %}


{% macro duckdb__epoch_microseconds(moment) -%}
    epoch_us({{ moment }})
{%- endmacro %}


{% macro spark__epoch_microseconds(moment) -%}
    unix_micros({{ moment }})
{%- endmacro %}
