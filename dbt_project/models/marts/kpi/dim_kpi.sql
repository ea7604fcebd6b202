with

definitions as (

    select *
    from (
        values
        {%- for metric in kpi_metrics() %}
        {%- set meta = metric.config.meta %}
        (
            {{ sql_text(metric.name) }},
            {{ sql_text(metric.label) }},
            {{ sql_text(meta.label_fr) }},
            {{ sql_text(meta.family) }},
            {{ sql_text(metric.description | trim) }},
            {{ sql_text(meta.formula) }},
            {{ sql_text(meta.unit) }},
            {{ sql_text(meta.direction) }},
            {{ sql_text(meta.source) }},
            {{ meta.maturity_days }},
            {{ 'true' if is_additive(metric) else 'false' }}
        ){{ ',' if not loop.last }}
        {%- else %}
        (null, null, null, null, null, null, null, null, null, null, null)
        {%- endfor %}
    ) as definition (
        kpi, label_en, label_fr, family, description, formula, unit, direction, source, maturity_days, is_additive
    )

)

select
    cast(kpi as varchar) as kpi,
    cast(label_en as varchar) as label_en,
    cast(label_fr as varchar) as label_fr,
    cast(family as varchar) as family,
    cast(description as varchar) as description,
    cast(formula as varchar) as formula,
    cast(unit as varchar) as unit,
    cast(direction as varchar) as direction,
    cast(source as varchar) as source,
    cast(maturity_days as integer) as maturity_days,
    cast(is_additive as boolean) as is_additive
from definitions
