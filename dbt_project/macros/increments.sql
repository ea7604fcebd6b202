{#
    A canonical table is brought up to date by the keys that changed since the last build, where that gives the same table
    as a build from nothing: `control.increment` has rows for the entities of which nothing was taken away since a build
    that passed its tests. For every other entity the table is built from nothing.
#}

{# dbt's own decision whether a model is built from nothing, and beside it that of `control.increment`. #}
{% macro should_full_refresh() %}
    {%- set is_demanded = config.get('full_refresh') -%}
    {%- if is_demanded is none -%}
        {%- set is_demanded = flags.FULL_REFRESH -%}
    {%- endif -%}
    {%- if is_demanded or model.config.materialized != 'incremental' -%}
        {{ return(is_demanded) }}
    {%- endif -%}
    {{ return(not adapter.dispatch('is_extended', 'vigie')(model.name | replace('canonical__', ''))) }}
{% endmacro %}


{# An engine whose tables cannot lose single rows builds from nothing. #}
{% macro default__is_extended(entity) %}
    {{ return(false) }}
{% endmacro %}


{% macro duckdb__is_extended(entity) %}
    {%- set query -%}
        select count(*) from {{ source('control', 'increment') }} where entity = '{{ entity }}'
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()[0] > 0) }}
{% endmacro %}


{#
    The keys of an entity whose rows may be others than at the last build: those of rows and tombstones of new loads, and of
    rows that existed but lay in the future of its as-of.
#}
{% macro changed_keys(entity, key, created_at=none) %}
    {%- set moments = ['_version_at'] + ([created_at] if created_at else []) %}
    {%- for staging_model in staging_models_of(entity) %}
    select
        versions.source,
        versions.{{ key | join(', versions.') }}
    from {{ ref(staging_model) }} as versions
    inner join {{ source('control', 'increment') }} as built
        on versions.source = built.source and built.entity = '{{ entity }}'
    where
        versions._load_sequence > built.built_sequence
        {%- for moment in moments %}
        or (versions.{{ moment }} > built.built_as_of and versions.{{ moment }} <= {{ as_of() }})
        {%- endfor %}
    {{ 'union' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{# Deletes the rows of the changed keys; what they are now is inserted afterwards, in the same transaction. #}
{% macro delete_changed_rows(entity, key, created_at=none) %}
    {%- if is_incremental() and staging_models_of(entity) -%}
    with
    changed as (
    {{ changed_keys(entity, key, created_at) }}
    )
    delete from {{ this }} as present
    where {{ is_in('changed', 'present', key) }}
    {%- endif -%}
{% endmacro %}
