{#
    What was delivered by day of loading: records, and those of them that were rejected. A load after the as-of counts on its
    day: what a replay has, was delivered by then.

    What was loaded again with other settings counts as it was read last, and of a file that was loaded several times on one
    day the last load counts: otherwise what was corrected would stay in the rate.
#}
with

loads as (

    select
        loads.source,
        loads.stream,
        loads.entity,
        loads.delivery,
        loads.loaded_at,
        loads.rows,
        loads.quarantined,
        loads.is_counted,
        cast(least(loads.loaded_until, run.as_of) as date) as loaded_on,
        max(case when loads.is_counted then 1 else 0 end) over (
            partition by loads.source, loads.stream, loads.delivery
        ) as counted_loads
    from {{ source('control', 'load') }} as loads
    cross join {{ source('control', 'run') }} as run

),

-- Of a load of which compaction kept nothing but its counts, the other loads of its file say whether it counts.
counted as (

    select
        *,
        row_number() over (partition by source, stream, delivery, loaded_on order by loaded_at desc) as place
    from loads
    where coalesce(is_counted, delivery is null or counted_loads = 1)

)

select
    source,
    entity,
    loaded_on,
    cast(sum(rows + quarantined) as bigint) as records,
    cast(sum(quarantined) as bigint) as rejected_records
from counted
where rows + quarantined > 0 and (delivery is null or place = 1)
group by source, entity, loaded_on
