{#
    The tickets open at the end of each period and the sum of their ages, by segment. Both follow from running totals of
    what was opened and what was ended by day; ages are taken at the end of the last known day, or at the run's own
    moment while the period is running.
#}
with

run as (

    select * from {{ source('control', 'run') }}

),

tickets as (

    select
        *,
        -- One that is said to have ended before it began was never open.
        greatest(cast(ended_at as date), created_on) as ended_on,
        cast(epoch_us(created_at) as hugeint) as created_us
    from {{ ref('fct_ticket') }}

),

{%- set dimensions = {
    'channel': 'channel', 'priority': 'priority', 'category': 'category', 'team': 'team', 'agent': 'agent_id'
} %}

segmented as (

    select
        created_on,
        ended_on,
        created_us,
        ended_at is not null as has_ended,
        unnest([
            {'segment_type': 'all', 'segment': 'all'},
            {%- for name, column in dimensions.items() %}
            {'segment_type': '{{ name }}', 'segment': {{ segment_value(column) }}}{{ ',' if not loop.last }}
            {%- endfor %}
        ], recursive := true)
    from tickets

),

changes as (

    select
        segment_type,
        segment,
        created_on as day,
        1 as change,
        created_us
    from segmented

    union all

    select
        segment_type,
        segment,
        ended_on as day,
        -1 as change,
        -created_us as created_us
    from segmented
    where has_ended

),

daily_changes as (

    select
        segment_type,
        segment,
        day,
        sum(change) as change,
        sum(created_us) as created_us
    from changes
    group by segment_type, segment, day

),

running as (

    select
        segment_type,
        segment,
        day,
        sum(change) over ledger as open_tickets,
        sum(created_us) over ledger as created_us
    from daily_changes
    window ledger as (partition by segment_type, segment order by day rows unbounded preceding)

),

first_days as (

    select
        segment_type,
        segment,
        min(day) as first_day
    from running
    group by segment_type, segment

),

span as (

    select * from {{ ref('int_observed_spans') }}
    where fact = 'tickets'

),

periods as (

    select
        periods.grain,
        periods.period_start,
        periods.last_day,
        least(cast(periods.last_day + 1 as timestamptz), run.as_of) as measured_at
    from {{ ref('int_periods') }} as periods
    cross join run
    inner join span on periods.period_end > span.first_day and periods.period_start <= span.known_until

)

select
    periods.grain,
    periods.period_start,
    first_days.segment_type,
    first_days.segment,
    running.open_tickets,
    cast(
        (running.open_tickets * cast(epoch_us(periods.measured_at) as hugeint) - running.created_us) as decimal(38, 0)
    ) / 1000000 as open_seconds
from periods
inner join first_days on periods.last_day >= first_days.first_day
asof left join running
    on
        first_days.segment_type = running.segment_type
        and first_days.segment = running.segment
        and periods.last_day >= running.day
