{#
    The tickets open at the end of each period and the sum of their ages, by segment. Both follow from running totals of
    the tickets opened and ended by day. Ages are taken at the end of the last known day, or at the run's own moment while
    the period is running.
#}
with

run as (

    select * from {{ source('control', 'run') }}

),

tickets as (

    select
        *,
        -- A ticket whose end is before its creation was never open.
        greatest(cast(ended_at as date), created_on) as ended_on,
        {{ wide_integer(epoch_microseconds('created_at')) }} as created_us
    from {{ ref('fct_ticket') }}
    -- Where a source does not say when tickets end, all of them would seem to be open.
    where is_end_known

),

{%- set dimensions = {
    'channel': 'channel', 'priority': 'priority', 'category': 'category', 'team': 'team', 'agent': 'agent_id'
} %}

{%- set segments = [{'segment_type': "'all'", 'segment': "'all'"}] %}
{%- for name, column in dimensions.items() %}
    {%- do segments.append({'segment_type': "'" ~ name ~ "'", 'segment': segment_value(column)}) %}
{%- endfor %}

segmented as (

    select
        created_on,
        ended_on,
        created_us,
        ended_at is not null as has_ended,
        {{ unnest_structs(struct_list(segments)) }}
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
        sum(change) over running_total as open_tickets,
        sum(created_us) over running_total as created_us
    from daily_changes
    window running_total as (partition by segment_type, segment order by day rows unbounded preceding)

),

first_days as (

    select
        segment_type,
        segment,
        min(day) as first_day
    from running
    group by segment_type, segment

),

-- Known as long as the sources cover it, whether or not anything happened; and for some time after the last event.
span as (

    select
        spans.first_day,
        greatest(spans.known_until, coalesce(coverage.last_day, spans.known_until)) as known_until
    from {{ ref('int_observed_spans') }} as spans
    left join {{ ref('int_kpi_coverage') }} as coverage on coverage.kpi = 'backlog'
    where spans.fact = 'tickets'

),

periods as (

    select
        periods.grain,
        periods.period_start,
        periods.last_day,
        least(cast({{ add_days('periods.last_day', 1) }} as {{ moment_type() }}), run.as_of) as measured_at
    from {{ ref('int_periods') }} as periods
    cross join run
    inner join span on periods.period_end > span.first_day and periods.period_start <= span.known_until

)

select
    periods.grain,
    periods.period_start,
    first_days.segment_type,
    first_days.segment,
    at_end.open_tickets,
    cast(
        at_end.open_tickets * {{ wide_integer(epoch_microseconds('periods.measured_at')) }} - at_end.created_us
        as decimal(38, 0)
    ) / 1000000 as open_seconds
from periods
inner join first_days on periods.last_day >= first_days.first_day
{{ asof_left_join(
    'running',
    alias='at_end',
    equal={'first_days.segment_type': 'segment_type', 'first_days.segment': 'segment'},
    moment='periods.last_day',
    valid_from='day'
) }}
-- That nothing is open is said for as long as counts of nothing are: not for ever of a person who left.
where
    at_end.open_tickets > 0
    or {{ days_between('at_end.day', 'periods.period_start') }} <= {{ days_of_zeros('first_days.segment_type') }}
