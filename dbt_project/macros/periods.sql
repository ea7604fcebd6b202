{# The day after the last of a period. #}
{% macro period_end(grain, period_start) -%}
    cast(
        case {{ grain }}
            when 'day' then {{ period_start }} + interval 1 day
            when 'week' then {{ period_start }} + interval 7 days
            when 'month' then {{ period_start }} + interval 1 month
            when 'quarter' then {{ period_start }} + interval 3 months
            when 'year' then {{ period_start }} + interval 1 year
        end as date
    )
{%- endmacro %}


{# The period before. #}
{% macro previous_period(grain, period_start) -%}
    cast(
        case {{ grain }}
            when 'day' then {{ period_start }} - interval 1 day
            when 'week' then {{ period_start }} - interval 7 days
            when 'month' then {{ period_start }} - interval 1 month
            when 'quarter' then {{ period_start }} - interval 3 months
            when 'year' then {{ period_start }} - interval 1 year
        end as date
    )
{%- endmacro %}


{# The same period a year before; for weeks the one 52 weeks before, so that weekdays and seasons compare. #}
{% macro same_period_last_year(grain, period_start) -%}
    cast(
        case when {{ grain }} = 'week' then {{ period_start }} - interval 364 days else {{ period_start }} - interval 1 year end
        as date
    )
{%- endmacro %}
