{#
    Every period of every grain that has begun. `last_day` is the last day of the period that is known: its end, or the
    run's own day while it is running.
#}
with

days as (

    select day from {{ ref('dim_date') }}

),

grains as (

    select unnest(['day', 'week', 'month', 'quarter', 'year']) as grain

),

periods as (

    select distinct
        grains.grain,
        cast(date_trunc(grains.grain, days.day) as date) as period_start
    from days
    cross join grains

)

select
    grain,
    period_start,
    {{ period_end('grain', 'period_start') }} as period_end,
    least({{ period_end('grain', 'period_start') }} - 1, {{ as_of_day() }}) as last_day
from periods
