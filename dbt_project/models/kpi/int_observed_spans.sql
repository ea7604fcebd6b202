{#
    The first and the last day on which each fact was observed. A period between them without events counts as zero, one
    outside them is unknown. Stocks (open tickets, active customers) are known for a month after the last event, and longer
    where the sources cover more. Generated from the time dimensions of the semantic models.

    A few events far before all others are dated wrongly, with the default of a form or a clock that was never set: 1900,
    1970. The first day is the one after them. They count in the stocks of that day, as what was there before, and in no
    period of their own: the years between would be rows that say nothing.
#}
{%- for name in observed_models() %}
-- depends_on: {{ ref(name) }}
{%- endfor %}

with

days as (

    {%- for day in observed_days() %}

    select
        {{ sql_text(day.fact) }} as fact,
        {{ day.expression }} as day,
        {{ day.begins }} as begins,
        count(*) as events
    from {{ day.relation }}
    where {{ day.expression }} is not null
    group by {{ day.expression }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- else %}

    select
        cast(null as string) as fact,
        cast(null as date) as day,
        true as begins,
        0 as events
    {%- endfor %}

),

first_events as (

    select
        fact,
        day,
        sum(events) as events
    from days
    where begins
    group by fact, day

),

with_earlier as (

    select
        fact,
        day,
        lag(day) over (partition by fact order by day) as previous_day,
        sum(events) over (partition by fact order by day rows unbounded preceding) - events as earlier_events,
        sum(events) over (partition by fact) as all_events
    from first_events

),

first_days as (

    select
        fact,
        coalesce(
            -- The last gap of five years with next to nothing before it: five events or one in a hundred, and of few
            -- events one in ten.
            max(case
                when
                    {{ days_between('previous_day', 'day') }} > 1827
                    and earlier_events <= greatest(5, all_events / 100)
                    and earlier_events * 10 <= all_events
                    then day
            end),
            -- No system that could have recorded it is as old as the zero of Unix clocks.
            min(case when day > date '1970-01-02' then day end),
            min(day)
        ) as first_day
    from with_earlier
    group by fact

),

last_days as (

    select
        fact,
        max(day) as last_day
    from days
    group by fact

),

spans as (

    select
        first_days.fact,
        first_days.first_day,
        greatest(first_days.first_day, last_days.last_day) as last_day
    from first_days
    inner join last_days on first_days.fact = last_days.fact

)

select
    fact,
    first_day,
    last_day,
    -- A day that begins at the moment of the run is not known yet.
    least({{ add_days('last_day', 31) }}, cast({{ as_of() }} - interval 1 microsecond as date)) as known_until
from spans
where first_day is not null
