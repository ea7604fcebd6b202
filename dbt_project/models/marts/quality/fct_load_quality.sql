{#
    What was delivered by day of loading: records, and those of them that were rejected. A load after the as-of counts on its
    day: what a replay has, was delivered by then.
#}
select
    loads.source,
    loads.entity,
    cast(least(loads.loaded_until, run.as_of) as date) as loaded_on,
    cast(sum(loads.rows + loads.quarantined) as bigint) as records,
    cast(sum(loads.quarantined) as bigint) as rejected_records
from {{ source('control', 'load') }} as loads
cross join {{ source('control', 'run') }} as run
where loads.rows + loads.quarantined > 0
group by loads.source, loads.entity, cast(least(loads.loaded_until, run.as_of) as date)
