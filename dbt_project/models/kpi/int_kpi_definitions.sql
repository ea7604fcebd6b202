{#
    The KPI definitions, generated from the metrics of the project: labels, measures, interval.

    waits_for: the entities whose loading a KPI waits for, with their ranks: those of the smallest rank that sources fill.
#}
{%- set measures = kpi_measures() %}
{%- set simple = metric_measures() %}

with

definitions as (

    {%- for metric in kpi_metrics() %}
    {%- set numerator, denominator = kpi_parts(metric, simple) %}
    {%- set meta = metric.config.meta %}
    {%- set lowest, highest = meta.get('range') or usual_range(meta.unit) %}
    {%- set entities = [] %}
    {%- for entity, rank in kpi_entities(kpi_inputs(metric, simple), measures) %}
        {%- do entities.append({'entity': sql_text(entity), 'rank': rank}) %}
    {%- endfor %}
    select
        {{ sql_text(metric.name) }} as kpi,
        {{ sql_text(metric.label) }} as label_en,
        {{ sql_text(meta.label_fr) }} as label_fr,
        {{ sql_text(meta.family) }} as family,
        {{ sql_text(metric.description | trim) }} as description,
        {{ sql_text(meta.formula) }} as formula,
        {{ sql_text(meta.unit) }} as unit,
        {{ sql_text(meta.direction) }} as direction,
        {{ sql_text(meta.source) }} as source,
        {{ meta.maturity_days }} as maturity_days,
        {{ is_additive(metric, measures) }} as is_additive,
        {{ sql_text(why_no_drivers(metric, measures)) }} as no_drivers,
        {{ sql_text(numerator) }} as numerator_measure,
        {{ sql_text(denominator) }} as denominator_measure,
        {{ sql_text(meta.get('sample', denominator or numerator)) }} as sample_measure,
        {{ sql_text(meta.get('promoters')) }} as promoters_measure,
        {{ sql_text(meta.get('detractors')) }} as detractors_measure,
        {{ sql_text((meta.get('bounds') or [none])[0]) }} as low_measure,
        {{ sql_text((meta.get('bounds') or [none])[-1]) }} as high_measure,
        {{ sql_text(meta.get('interval', 'none')) }} as interval_method,
        cast({{ 'null' if lowest is none else lowest }} as double) as lowest,
        cast({{ 'null' if highest is none else highest }} as double) as highest,
        {{ meta.get('denominator_segment') == 'all' }} as is_share_of_all,
        {{ sql_text(without_events(metric, measures)) }} as without_events,
        {{ meta.get('zero_numerator', true) and has_own_events((numerator, denominator), measures) }} as has_own_events,
        {{ sql_text(measures[kpi_inputs(metric, simple)[0]].semantic_model.config.meta.observed) }} as fact,
        {{ struct_list(entities) }} as waits_for
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select
        'none' as kpi
    {%- endfor %}

)

select * from definitions
