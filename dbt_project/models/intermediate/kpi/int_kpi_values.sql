{#
    Every KPI as numerator and denominator, by grain, period and segment. Generated from the metrics: a ratio takes two
    measures, a simple metric one. Counts are zero, not absent, between a segment's first period and the last observed.
#}
{%- set measure_models = [
    ref('int_measures__calls'), ref('int_measures__customer_periods'), ref('int_measures__deals'),
    ref('int_measures__email_sends'), ref('int_measures__exposure_arms'), ref('int_measures__exposures'),
    ref('int_measures__interactions'), ref('int_measures__leads'), ref('int_measures__sale_lines'),
    ref('int_measures__sales'), ref('int_measures__survey_responses'), ref('int_measures__ticket_backlog'),
    ref('int_measures__tickets'), ref('int_measures__web_stats')
] %}

with

measures as (

    {%- for model in measure_models %}
    select measure, value, sum_of_squares, grain, period_start, segment_type, segment from {{ model }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

definitions as (

    select * from {{ ref('int_kpi_definitions') }}

),

-- A measure without any row was never observed: its KPIs are not zero, they are unknown.
observed_measures as (

    select distinct measure from measures

),

-- The rows a KPI has: those of its denominator, or of its only measure.
driving as (

    select
        definitions.*,
        measures.grain,
        measures.period_start,
        measures.segment_type,
        measures.segment
    from definitions
    inner join observed_measures on definitions.numerator_measure = observed_measures.measure
    inner join measures on measures.measure = coalesce(definitions.denominator_measure, definitions.numerator_measure)

),

first_periods as (

    select
        kpi,
        observed_fact,
        grain,
        segment_type,
        segment,
        min(period_start) as first_period
    from driving
    where observed_fact is not null
    group by all

),

filled as (

    select
        first_periods.kpi,
        periods.grain,
        periods.period_start,
        first_periods.segment_type,
        first_periods.segment
    from first_periods
    inner join {{ ref('int_observed_spans') }} as spans on first_periods.observed_fact = spans.fact
    inner join {{ ref('int_periods') }} as periods
        on
            first_periods.grain = periods.grain
            and first_periods.first_period <= periods.period_start
            and spans.last_day >= periods.period_start

),

rows_of_kpis as (

    select kpi, grain, period_start, segment_type, segment from driving
    union
    select kpi, grain, period_start, segment_type, segment from filled

),

joined as (

    select
        rows_of_kpis.kpi,
        rows_of_kpis.grain,
        rows_of_kpis.period_start,
        rows_of_kpis.segment_type,
        rows_of_kpis.segment,
        coalesce(numerators.value, 0) as numerator,
        case
            when definitions.denominator_measure is null then null
            else coalesce(denominators.value, 0)
        end as denominator,
        definitions.denominator_measure is not null as is_ratio,
        coalesce(samples.value, 0) as sample_size,
        numerators.sum_of_squares,
        promoters.value as promoters,
        detractors.value as detractors
    from rows_of_kpis
    inner join definitions on rows_of_kpis.kpi = definitions.kpi
    left join measures as numerators
        on
            definitions.numerator_measure = numerators.measure
            and rows_of_kpis.grain = numerators.grain
            and rows_of_kpis.period_start = numerators.period_start
            and rows_of_kpis.segment_type = numerators.segment_type
            and rows_of_kpis.segment = numerators.segment
    left join measures as denominators
        on
            definitions.denominator_measure = denominators.measure
            and rows_of_kpis.grain = denominators.grain
            and rows_of_kpis.period_start = denominators.period_start
            and case when definitions.is_share_of_all then 'all' else rows_of_kpis.segment_type end
            = denominators.segment_type
            and case when definitions.is_share_of_all then 'all' else rows_of_kpis.segment end = denominators.segment
    left join measures as samples
        on
            definitions.sample_measure = samples.measure
            and rows_of_kpis.grain = samples.grain
            and rows_of_kpis.period_start = samples.period_start
            and rows_of_kpis.segment_type = samples.segment_type
            and rows_of_kpis.segment = samples.segment
    {%- for part in ['promoters', 'detractors'] %}
    left join measures as {{ part }}
        on
            definitions.{{ part }}_measure = {{ part }}.measure
            and rows_of_kpis.grain = {{ part }}.grain
            and rows_of_kpis.period_start = {{ part }}.period_start
            and rows_of_kpis.segment_type = {{ part }}.segment_type
            and rows_of_kpis.segment = {{ part }}.segment
    {%- endfor %}

)

select
    kpi,
    grain,
    period_start,
    segment_type,
    segment,
    case when is_ratio then numerator / denominator else numerator end as value,
    numerator,
    denominator,
    cast(sample_size as bigint) as sample_size,
    sum_of_squares,
    promoters,
    detractors
from joined
where not is_ratio or denominator != 0
