{#
    Every KPI as numerator and denominator, by grain, period and segment, where there are events. Generated from the
    metrics: a ratio has two measures, a simple metric one. `int_kpi_empty_periods` has the periods without events.
#}
with

measures as (

    select * from {{ ref('int_measures') }}

),

definitions as (

    select * from {{ ref('int_kpi_definitions') }}

),

coverage as (

    select * from {{ ref('int_kpi_coverage') }}

),

-- The parts of a KPI, each with its measure. A KPI has the rows of the part that drives it: its denominator, or its only
-- measure.
parts as (

    select
        kpi,
        {{ unnest_structs(struct_list([
            {'part': "'numerator'", 'measure': 'numerator_measure', 'drives': 'denominator_measure is null'},
            {'part': "'denominator'", 'measure': 'denominator_measure', 'drives': 'true'},
            {'part': "'sample'", 'measure': 'sample_measure', 'drives': 'false'},
            {'part': "'promoters'", 'measure': 'promoters_measure', 'drives': 'false'},
            {'part': "'detractors'", 'measure': 'detractors_measure', 'drives': 'false'}
        ])) }}
    from definitions
    -- A measure without any value was never observed: its KPIs are unknown, not zero.
    where numerator_measure in (select measure from measures where value is not null)

),

measured as (

    select
        parts.kpi,
        parts.part,
        parts.drives,
        measures.grain,
        measures.period_start,
        measures.segment_type,
        measures.segment,
        measures.value,
        measures.squared_deviations
    from measures
    inner join parts on measures.measure = parts.measure

),

combined as (

    select
        kpi,
        grain,
        period_start,
        segment_type,
        segment,
        bool_or(drives) as has_row,
        bool_or(part = 'numerator') as has_events,
        max(value) filter (where part = 'numerator') as numerator,
        max(value) filter (where part = 'denominator') as denominator,
        max(value) filter (where part = 'sample') as sample_size,
        max(value) filter (where part = 'promoters') as promoters,
        max(value) filter (where part = 'detractors') as detractors,
        max(squared_deviations) filter (where part = 'numerator') as squared_deviations
    from measured
    group by kpi, grain, period_start, segment_type, segment

),

-- The denominators of KPIs that divide each segment by the total of all segments.
totals as (

    select
        measured.kpi,
        measured.grain,
        measured.period_start,
        measured.value
    from measured
    inner join definitions on measured.kpi = definitions.kpi
    where definitions.is_share_of_all and measured.part = 'denominator' and measured.segment_type = 'all'

),

joined as (

    select
        combined.kpi,
        combined.grain,
        combined.period_start,
        combined.segment_type,
        combined.segment,
        case
            when
                definitions.has_own_events and not combined.has_events
                and coverage.last_day >= combined.period_start
                and coverage.first_day < {{ period_end('combined.grain', 'combined.period_start') }}
                then 0
            else combined.numerator
        end as numerator,
        case
            when definitions.is_share_of_all then coalesce(totals.value, 0)
            when definitions.denominator_measure is not null then coalesce(combined.denominator, 0)
        end as denominator,
        definitions.denominator_measure is not null as is_ratio,
        coalesce(case when definitions.is_share_of_all then totals.value else combined.sample_size end, 0) as sample_size,
        combined.squared_deviations,
        combined.promoters,
        combined.detractors
    from combined
    inner join definitions on combined.kpi = definitions.kpi
    left join coverage on combined.kpi = coverage.kpi
    left join totals
        on
            combined.kpi = totals.kpi
            and combined.grain = totals.grain
            and combined.period_start = totals.period_start
    where combined.has_row

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
    squared_deviations,
    promoters,
    detractors
from joined
-- A ratio without a numerator is unknown. A sum of events none of which has a value is unknown too, and has a row.
where not is_ratio or (denominator != 0 and numerator is not null)
