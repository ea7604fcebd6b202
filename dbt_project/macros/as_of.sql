{# The moment that counts as 'now': what happened later has not happened yet. #}
{% macro as_of() -%}
    (select run.as_of from {{ source('control', 'run') }} as run)
{%- endmacro %}


{# The company-local day of the moment that counts as 'now'. #}
{% macro as_of_day() -%}
    (select cast(run.as_of as date) from {{ source('control', 'run') }} as run)
{%- endmacro %}


{# A moment, or NULL where it is after the moment that counts as now. #}
{% macro known(moment) -%}
    case when {{ moment }} <= {{ as_of() }} then {{ moment }} end
{%- endmacro %}
