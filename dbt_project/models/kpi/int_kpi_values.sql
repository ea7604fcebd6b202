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

spans as (

    select * from {{ ref('int_observed_spans') }}

),

-- The parts of a KPI, each with its measure. A KPI has the rows of the part that drives it: its denominator, or its only
-- measure. The segments of a share of all are those of the numerator.
parts as (

    select
        kpi,
        {{ unnest_structs(struct_list([
            {
                'part': "'numerator'", 'measure': 'numerator_measure',
                'drives_all': 'denominator_measure is null', 'drives_segments': 'denominator_measure is null or is_share_of_all'
            },
            {
                'part': "'denominator'", 'measure': 'denominator_measure',
                'drives_all': 'true', 'drives_segments': 'not is_share_of_all'
            },
            {'part': "'sample'", 'measure': 'sample_measure', 'drives_all': 'false', 'drives_segments': 'false'},
            {'part': "'promoters'", 'measure': 'promoters_measure', 'drives_all': 'false', 'drives_segments': 'false'},
            {'part': "'detractors'", 'measure': 'detractors_measure', 'drives_all': 'false', 'drives_segments': 'false'},
            {'part': "'low'", 'measure': 'low_measure', 'drives_all': 'false', 'drives_segments': 'false'},
            {'part': "'high'", 'measure': 'high_measure', 'drives_all': 'false', 'drives_segments': 'false'}
        ])) }}
    from definitions
    -- A measure without any value was never observed: its KPIs are unknown, not zero.
    where numerator_measure in (select measure from measures where value is not null)

),

measured as (

    select
        parts.kpi,
        parts.part,
        case when measures.segment_type = 'all' then parts.drives_all else parts.drives_segments end as drives,
        measures.grain,
        measures.period_start,
        measures.segment_type,
        measures.segment,
        -- A sum that became too large for a number is unknown, and stops nothing else.
        {{ finite('measures.value') }} as value,
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
        max(value) filter (where part = 'low') as low_bound,
        max(value) filter (where part = 'high') as high_bound,
        max(squared_deviations) filter (where part = 'numerator') as squared_deviations
    from measured
    group by kpi, grain, period_start, segment_type, segment

),

-- The denominators and samples of KPIs that divide each segment by the total of all segments.
totals as (

    select
        measured.kpi,
        measured.grain,
        measured.period_start,
        max(measured.value) filter (where measured.part = 'denominator') as value,
        max(measured.value) filter (where measured.part = 'sample') as sample_size
    from measured
    inner join definitions on measured.kpi = definitions.kpi
    where definitions.is_share_of_all and measured.segment_type = 'all'
    group by measured.kpi, measured.grain, measured.period_start

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
        coalesce(case when definitions.is_share_of_all then totals.sample_size else combined.sample_size end, 0) as sample_size,
        combined.squared_deviations,
        combined.promoters,
        combined.detractors,
        combined.low_bound,
        combined.high_bound
    from combined
    inner join definitions on combined.kpi = definitions.kpi
    left join coverage on combined.kpi = coverage.kpi
    left join spans on definitions.fact = spans.fact
    left join totals
        on
            combined.kpi = totals.kpi
            and combined.grain = totals.grain
            and combined.period_start = totals.period_start
    where
        combined.has_row
        -- What is dated before the first day was dated wrongly.
        and coalesce({{ period_end('combined.grain', 'combined.period_start') }} > spans.first_day, true)

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
    cast(least(sample_size, 9e18) as bigint) as sample_size,
    squared_deviations,
    promoters,
    detractors,
    low_bound,
    high_bound
from joined
-- A ratio without a numerator is unknown. A sum of events none of which has a value is unknown too, and has a row.
where not is_ratio or (denominator != 0 and {{ finite('numerator / denominator') }} is not null)
