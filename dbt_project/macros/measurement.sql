{# Exact seconds between two moments, to the microsecond; NULL where the second is before the first. #}
{% macro seconds_between(earlier, later) -%}
    case
        when {{ later }} >= {{ earlier }}
            then try_cast(
                try_cast({{ microseconds_between(earlier, later) }} as decimal(18, 0)) * 0.000001 as decimal(18, 6)
            )
    end
{%- endmacro %}


{# A free-text status in the form in which it is compared. #}
{% macro normalised_word(column) -%}
    lower(trim({{ column }}))
{%- endmacro %}
