{# A query that returns the grains of periods. #}
{% macro grain_rows() -%}
    {%- for grain in ['day', 'week', 'month', 'quarter', 'year'] %}
    select '{{ grain }}' as grain
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{# The first day of the period of a grain that contains a day. #}
{% macro period_start(grain, day) -%}
    cast(date_trunc({{ grain }}, {{ day }}) as date)
{%- endmacro %}


{# The first day after a period. #}
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


{# The first day of the period before. #}
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


{# The first day of the same period a year before; for weeks of the week 52 weeks before, so that weekdays compare. #}
{% macro same_period_last_year(grain, period_start) -%}
    cast(
        case when {{ grain }} = 'week' then {{ period_start }} - interval 364 days else {{ period_start }} - interval 1 year end
        as date
    )
{%- endmacro %}


{# For how many days after its last event a count has zeros: the whole for a year and more, a segment for a quarter. #}
{% macro days_of_zeros(segment_type) -%}
    case when {{ segment_type }} = 'all' then 400 else 92 end
{%- endmacro %}
