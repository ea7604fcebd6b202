{# The day that is a number of days after another. #}
{% macro add_days(day, days) -%}
    {{ adapter.dispatch('add_days', 'vigie')(day, days) }}
{%- endmacro %}


{% macro duckdb__add_days(day, days) -%}
    ({{ day }} + {{ days }})
{%- endmacro %}


{% macro default__add_days(day, days) -%}
    date_add({{ day }}, {{ days }})
{%- endmacro %}


{# The number of days from the first day to the last, which does not count. #}
{% macro days_between(first, last) -%}
    {{ adapter.dispatch('days_between', 'vigie')(first, last) }}
{%- endmacro %}


{% macro duckdb__days_between(first, last) -%}
    ({{ last }} - {{ first }})
{%- endmacro %}


{% macro spark__days_between(first, last) -%}
    datediff({{ last }}, {{ first }})
{%- endmacro %}


{# In a select list: one output row for each day from the first to the last, both included. #}
{% macro every_day(first, last) -%}
    {{ adapter.dispatch('every_day', 'vigie')(first, last) }}
{%- endmacro %}


{% macro duckdb__every_day(first, last) -%}
    cast(unnest(generate_series({{ first }}, {{ last }}, interval 1 day)) as date)
{%- endmacro %}


{% macro spark__every_day(first, last) -%}
    explode(sequence({{ first }}, {{ last }}, interval 1 day))
{%- endmacro %}


{# 1 for Monday to 7 for Sunday. #}
{% macro iso_weekday(day) -%}
    {{ adapter.dispatch('iso_weekday', 'vigie')(day) }}
{%- endmacro %}


{% macro duckdb__iso_weekday(day) -%}
    isodow({{ day }})
{%- endmacro %}


{% macro spark__iso_weekday(day) -%}
    (weekday({{ day }}) + 1)
{%- endmacro %}


{# The number of the ISO week. #}
{% macro iso_week(day) -%}
    {{ adapter.dispatch('iso_week', 'vigie')(day) }}
{%- endmacro %}


{% macro duckdb__iso_week(day) -%}
    week({{ day }})
{%- endmacro %}


{% macro spark__iso_week(day) -%}
    weekofyear({{ day }})
{%- endmacro %}


{# The year to which the ISO week of a day belongs. #}
{% macro iso_year(day) -%}
    {{ adapter.dispatch('iso_year', 'vigie')(day) }}
{%- endmacro %}


{% macro duckdb__iso_year(day) -%}
    isoyear({{ day }})
{%- endmacro %}


{% macro spark__iso_year(day) -%}
    extract(yearofweek from {{ day }})
{%- endmacro %}
