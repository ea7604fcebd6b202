{#
    The rows of a raw entity as they were known at `as_of`, one a key.

    Several rows with one key are versions of it. The latest wins: by the version recorded at loading (`keep_latest_by`,
    else the entity's own `updated_at`), then by the order of loading. Versions from the future of the run lose to
    those already known; where there is no other, the earliest of them stands in, and the marts hide what it tells of
    events yet to come.

    entity: canonical entity. key: columns that identify a row within a source. born: the column of the moment at
    which the row came into being, if it has one; rows not yet born are left out.
#}
{% macro latest_version(entity, key, born=none) %}
with

loaded as (

    select
        *,
        _source as source,
        coalesce(_version_at <= {{ as_of() }}, true) as _is_known
    from {{ source('raw', entity) }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by source, {{ key | join(', ') }}
            order by
                _is_known desc,
                case when _is_known then _version_at end desc nulls last,
                case when not _is_known then _version_at end asc nulls last,
                _version_number desc nulls last,
                _version_text desc nulls last,
                _load_sequence desc,
                _row desc
        ) as _rank
    from loaded

)

select * exclude (_is_known, _rank)
from ranked
where
    _rank = 1
    {% if born -%}
    and ({{ born }} is null or {{ born }} <= {{ as_of() }})
    {%- endif %}
{% endmacro %}
