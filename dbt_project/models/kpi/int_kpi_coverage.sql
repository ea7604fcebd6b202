{#
    The days that the sources of each KPI cover. A period without events that begins between the first and the last of them
    has none; any other is unknown.

    Every source of the KPI's entities has to be loaded. The source that was loaded the longest ago ends the coverage,
    because events of its own may be missing since. An archive, which was old when it was loaded, covers what it has and
    keeps nobody waiting; where there are only archives, the one that reaches the furthest ends the coverage.
#}
with

run as (

    select * from {{ source('control', 'run') }}

),

definitions as (

    select * from {{ ref('int_kpi_definitions') }}

),

entities as (

    select
        kpi,
        {{ unnest_structs('waits_for') }}
    from definitions

),

delivered_entities as (

    select
        entities.kpi,
        entities.rank,
        coverage.loaded_until,
        coverage.archived_until,
        min(entities.rank) over (partition by entities.kpi) as first_rank
    from entities
    inner join {{ source('control', 'coverage') }} as coverage on entities.entity = coverage.entity

),

-- NULL where a source was never loaded.
loaded as (

    select
        kpi,
        case when count(*) = count(loaded_until) then min(loaded_until) end as loaded_until,
        case
            when count(*) != count(loaded_until) then null
            when count(*) = count(archived_until) then max(archived_until)
            else min(loaded_until) filter (where archived_until is null)
        end as covered_until,
        max(archived_until) as archived_until
    from delivered_entities
    where rank = first_rank
    group by kpi

),

known as (

    select
        loaded.kpi,
        loaded.loaded_until,
        loaded.archived_until,
        case when loaded.covered_until is not null then least(loaded.covered_until, run.as_of) end as covered_until
    from loaded
    cross join run

)

select
    definitions.kpi,
    known.loaded_until,
    spans.first_day,
    -- A day that begins at the moment at which the coverage ends is not covered.
    cast(known.covered_until - interval 1 microsecond as date) as last_day,
    cast(known.covered_until as date) as open_day,
    cast(known.archived_until as date) as archived_on
from definitions
left join known on definitions.kpi = known.kpi
left join {{ ref('int_observed_spans') }} as spans on definitions.fact = spans.fact
