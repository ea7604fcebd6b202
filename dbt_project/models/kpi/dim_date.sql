{# Every day from the first that any fact tells of to the run's own, company-local. #}
with

bounds as (

    select
        coalesce(min(first_day), {{ as_of_day() }}) as first_day,
        {{ as_of_day() }} as last_day
    from {{ ref('int_observed_spans') }}

)

select
    cast(days.day as date) as day,
    cast(date_trunc('week', days.day) as date) as week_start,
    cast(date_trunc('month', days.day) as date) as month_start,
    cast(date_trunc('quarter', days.day) as date) as quarter_start,
    cast(date_trunc('year', days.day) as date) as year_start,
    isodow(days.day) as iso_weekday,
    week(days.day) as iso_week,
    isoyear(days.day) as iso_year
from bounds
cross join lateral unnest(generate_series(bounds.first_day, bounds.last_day, interval 1 day)) as days (day)
