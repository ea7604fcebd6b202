{#
    Every period of every grain that has begun. `last_day` is the last day of the period that is known: its last day, or
    the run's own day while the period is running.
#}
with

days as (

    select day from {{ ref('dim_date') }}

),

grains as (

    {{ grain_rows() }}

),

periods as (

    select distinct
        grains.grain,
        {{ period_start('grains.grain', 'days.day') }} as period_start
    from days
    cross join grains

)

select
    grain,
    period_start,
    {{ period_end('grain', 'period_start') }} as period_end,
    least({{ add_days(period_end('grain', 'period_start'), -1) }}, {{ as_of_day() }}) as last_day
from periods
