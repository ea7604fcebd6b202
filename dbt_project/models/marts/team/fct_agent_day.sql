{#
    The working time of each agent, one row per agent and day. Where two sources that share their ids report a day of an
    agent, the longer availability counts: the time is one person's.
#}
with

times as (

    select
        times.source,
        times.date,
        times.available_seconds,
        times.handling_seconds,
        agent_ids.agent_id,
        row_number() over (
            partition by agent_ids.agent_id, times.date
            order by times.available_seconds desc, times.handling_seconds desc, times.source asc
        ) as preference
    from {{ ref('canonical__agent_time') }} as times
    {{ join_agent_id('times') }}
    where times.date <= {{ as_of_day() }}

)

select
    times.agent_id || ':' || cast(times.date as string) as agent_day_key,
    times.source,
    times.date as worked_on,
    times.agent_id,
    agents.team,
    times.available_seconds,
    times.handling_seconds,
    times.available_seconds > 0 or times.handling_seconds > 0 as has_worked
from times
left join {{ ref('dim_agent') }} as agents on times.agent_id = agents.agent_id
where times.preference = 1
