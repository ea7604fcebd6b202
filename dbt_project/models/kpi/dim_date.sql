{# Every company-local day from the first day of any fact to the run's own. #}
with

bounds as (

    select
        coalesce(min(first_day), {{ as_of_day() }}) as first_day,
        {{ as_of_day() }} as last_day
    from {{ ref('int_observed_spans') }}

),

days as (

    select {{ every_day('first_day', 'last_day') }} as day
    from bounds

)

select
    day,
    {{ period_start("'week'", 'day') }} as week_start,
    {{ period_start("'month'", 'day') }} as month_start,
    {{ period_start("'quarter'", 'day') }} as quarter_start,
    {{ period_start("'year'", 'day') }} as year_start,
    {{ iso_weekday('day') }} as iso_weekday,
    {{ iso_week('day') }} as iso_week,
    {{ iso_year('day') }} as iso_year
from days
