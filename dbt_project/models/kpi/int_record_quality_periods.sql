{#
    The records of customers, leads and deals at the end of each period, by source and entity: how many share their identity
    with another record of their source, how many have all that they need, and how old the newest record is. Each source
    counts from its first load on: before it nobody knew.

    A record counts from its creation on, as it is known now. A load after the as-of counts on its day: what a replay has,
    was delivered by then. What its records say of later moments has not happened yet.
#}
with

run as (

    select * from {{ source('control', 'run') }}

),

loads as (

    select
        loads.source,
        loads.entity,
        cast(least(loads.loaded_until, run.as_of) as date) as day,
        case when loads.newest_at <= run.as_of then loads.newest_at else newest.newest_at end as newest_at
    from {{ source('control', 'load') }} as loads
    cross join run
    left join {{ ref('int_newest_moments') }} as newest
        on loads.source = newest.source and loads.entity = newest.entity and loads.newest_at > run.as_of

),

records as (

    select * from {{ ref('int_records') }}

),

first_loads as (

    select
        source,
        entity,
        min(day) as day
    from loads
    group by source, entity

),

ranked as (

    select
        *,
        row_number() over (partition by source, entity, person order by created_on, record_id) as place
    from records

),

-- With its second record a person has two that share an identity, with each further one it has one more.
changes as (

    select
        ranked.source,
        ranked.entity,
        greatest(ranked.created_on, first_loads.day) as day,
        case when ranked.is_identifiable then 1 else 0 end as customer_records,
        case
            when not ranked.is_identifiable or ranked.place = 1 then 0
            when ranked.place = 2 then 2
            else 1
        end as duplicate_records,
        case when ranked.is_checked then 1 else 0 end as checked_records,
        case when ranked.is_checked and ranked.is_complete then 1 else 0 end as complete_records,
        cast(null as {{ moment_type() }}) as newest_at
    from ranked
    inner join first_loads on ranked.source = first_loads.source and ranked.entity = first_loads.entity

    union all

    select
        source,
        entity,
        day,
        0 as customer_records,
        0 as duplicate_records,
        0 as checked_records,
        0 as complete_records,
        newest_at
    from loads

),

daily_changes as (

    select
        {{ unnest_structs(struct_list([
            {'segment_type': "'all'", 'segment': "'all'"},
            {'segment_type': "'source'", 'segment': 'source'},
            {'segment_type': "'entity'", 'segment': 'entity'}
        ])) }},
        day,
        customer_records,
        duplicate_records,
        checked_records,
        complete_records,
        newest_at
    from changes

),

summed as (

    select
        segment_type,
        segment,
        day,
        sum(customer_records) as customer_records,
        sum(duplicate_records) as duplicate_records,
        sum(checked_records) as checked_records,
        sum(complete_records) as complete_records,
        max(newest_at) as newest_at
    from daily_changes
    group by segment_type, segment, day

),

running as (

    select
        segment_type,
        segment,
        day,
        sum(customer_records) over running_total as customer_records,
        sum(duplicate_records) over running_total as duplicate_records,
        sum(checked_records) over running_total as checked_records,
        sum(complete_records) over running_total as complete_records,
        max(newest_at) over running_total as newest_at
    from summed
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

periods as (

    select
        periods.grain,
        periods.period_start,
        periods.last_day,
        least(cast({{ add_days('periods.last_day', 1) }} as {{ moment_type() }}), run.as_of) as measured_at
    from {{ ref('int_periods') }} as periods
    cross join run

)

select
    periods.grain,
    periods.period_start,
    first_days.segment_type,
    first_days.segment,
    nullif(at_end.customer_records, 0) as customer_records,
    case when at_end.customer_records > 0 then at_end.duplicate_records end as duplicate_records,
    nullif(at_end.checked_records, 0) as checked_records,
    case when at_end.checked_records > 0 then at_end.complete_records end as complete_records,
    ({{ epoch_microseconds('periods.measured_at') }} - {{ epoch_microseconds('at_end.newest_at') }}) / 3600e6
        as hours_since_newest
from periods
inner join first_days on periods.last_day >= first_days.first_day
{{ asof_left_join(
    'running',
    alias='at_end',
    equal={'first_days.segment_type': 'segment_type', 'first_days.segment': 'segment'},
    moment='periods.last_day',
    valid_from='day'
) }}
