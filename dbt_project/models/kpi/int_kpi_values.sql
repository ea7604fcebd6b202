{#
    Every KPI as numerator and denominator, by grain, period and segment. Generated from the metrics: a ratio has two
    measures, a simple metric one. Counts have zero rows, not missing ones, between a segment's first period and the last
    observed one.
#}
with

measures as (

    select * from {{ ref('int_measures') }}

),

definitions as (

    select * from {{ ref('int_kpi_definitions') }}

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
    -- A measure without any row was never observed: its KPIs are unknown, not zero.
    where numerator_measure in (select measure from measures)

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
        measures.sum_of_squares
    from measures
    inner join parts on measures.measure = parts.measure

),

first_periods as (

    select
        measured.kpi,
        definitions.observed_fact,
        measured.grain,
        measured.segment_type,
        measured.segment,
        min(measured.period_start) as first_period
    from measured
    inner join definitions on measured.kpi = definitions.kpi
    where measured.drives and definitions.observed_fact is not null
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

measured_and_filled as (

    select * from measured
    union all
    select
        kpi,
        'filled' as part,
        true as drives,
        grain,
        period_start,
        segment_type,
        segment,
        cast(null as double) as value,
        cast(null as double) as sum_of_squares
    from filled

),

combined as (

    select
        kpi,
        grain,
        period_start,
        segment_type,
        segment,
        bool_or(drives) as has_row,
        max(value) filter (where part = 'numerator') as numerator,
        max(value) filter (where part = 'denominator') as denominator,
        max(value) filter (where part = 'sample') as sample_size,
        max(value) filter (where part = 'promoters') as promoters,
        max(value) filter (where part = 'detractors') as detractors,
        max(sum_of_squares) filter (where part = 'numerator') as sum_of_squares
    from measured_and_filled
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
            when definitions.denominator_measure is null then coalesce(combined.numerator, 0)
            else combined.numerator
        end as numerator,
        case
            when definitions.is_share_of_all then coalesce(totals.value, 0)
            when definitions.denominator_measure is not null then coalesce(combined.denominator, 0)
        end as denominator,
        definitions.denominator_measure is not null as is_ratio,
        coalesce(case when definitions.is_share_of_all then totals.value else combined.sample_size end, 0) as sample_size,
        combined.sum_of_squares,
        combined.promoters,
        combined.detractors
    from combined
    inner join definitions on combined.kpi = definitions.kpi
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
    sum_of_squares,
    promoters,
    detractors
from joined
-- A ratio without a numerator is unknown.
where not is_ratio or (denominator != 0 and numerator is not null)
