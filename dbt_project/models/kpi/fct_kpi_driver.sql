{#
    Why KPIs moved: the change from the period before, split exactly into the effects of the segments of each dimension.

    A count or a sum: the change of each segment. A ratio or a mean N ÷ D, of which a segment has n and d, hence the rate
    r = n ÷ d and the share w = d ÷ D: (w0 + w1) ÷ 2 · (r1 - r0) because the segment itself changed, and
    ((r0 + r1) ÷ 2 - (R0 + R1) ÷ 2) · (w1 - w0) because its share did, where R = N ÷ D. A segment of only one of the periods
    has no rate in the other and only the second effect. pipelines/watch/drivers.py says the same of any readings.

    A dimension has no rows where its segments do not add up to the whole or one of them is unknown.
#}
{%- set kept_periods = {'day': 31, 'week': 13, 'month': 13, 'quarter': 8, 'year': 3} %}
{#- Parts of a sum of doubles differ from their sum in the last digits. #}
{%- set rounding = '1e-9' %}

with

readings as (

    select *
    from {{ ref('fct_kpi') }}
    where kpi in (select kpi from {{ ref('int_kpi_definitions') }} where no_drivers is null)

),

wholes as (

    select
        *,
        row_number() over (partition by kpi, grain order by period_start desc) as place
    from readings
    where segment_type = 'all' and is_complete and value is not null

),

compared as (

    select
        later.kpi,
        later.grain,
        later.period_start,
        earlier.period_start as earlier_start,
        later.numerator,
        later.denominator,
        earlier.numerator as earlier_numerator,
        earlier.denominator as earlier_denominator,
        later.value / 2 + earlier.value / 2 as middle,
        later.value - earlier.value as change
    from wholes as later
    inner join wholes as earlier
        on
            later.kpi = earlier.kpi
            and later.grain = earlier.grain
            and {{ previous_period('later.grain', 'later.period_start') }} = earlier.period_start
    where
        later.place <= case later.grain
            {%- for grain, count in kept_periods.items() %}
            when '{{ grain }}' then {{ count }}
            {%- endfor %}
        end

),

segments as (

    select *
    from readings
    where
        segment_type != 'all'
        -- Nothing divided by nothing is no segment of a ratio.
        and coalesce(numerator != 0 or denominator != 0, true)

),

sides as (

    {%- for side, start in [('later', 'period_start'), ('earlier', 'earlier_start')] %}
    select
        compared.kpi,
        compared.grain,
        compared.period_start,
        segments.segment_type,
        segments.segment,
        '{{ side }}' as side,
        segments.value,
        segments.numerator,
        segments.denominator,
        segments.sample_size
    from compared
    inner join segments
        on
            compared.kpi = segments.kpi
            and compared.grain = segments.grain
            and compared.{{ start }} = segments.period_start
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- Each segment once, with 0 for the period in which it was not there.
paired as (

    select
        kpi,
        grain,
        period_start,
        segment_type,
        segment,
        {%- for side in ['later', 'earlier'] %}
        coalesce(max(numerator) filter (where side = '{{ side }}'), 0) as {{ side }}_n,
        coalesce(max(denominator) filter (where side = '{{ side }}'), 0) as {{ side }}_d,
        coalesce(max(sample_size) filter (where side = '{{ side }}'), 0) as {{ side }}_sample,
        {%- endfor %}
        count(*) = 2 as is_in_both,
        count(*) = count(value) as is_known
    from sides
    group by kpi, grain, period_start, segment_type, segment

),

with_shares as (

    select
        paired.*,
        compared.change,
        compared.middle,
        compared.denominator is not null as is_ratio,
        paired.later_d / compared.denominator as later_share,
        paired.earlier_d / compared.earlier_denominator as earlier_share,
        -- Where a segment has no rate, the one that it has.
        coalesce(paired.later_n / nullif(paired.later_d, 0), paired.earlier_n / nullif(paired.earlier_d, 0)) as later_rate,
        coalesce(paired.earlier_n / nullif(paired.earlier_d, 0), paired.later_n / nullif(paired.later_d, 0)) as earlier_rate,
        bool_and(is_known) over dimension as are_known,
        {%- for part, whole in [
            ('later_n', 'numerator'), ('earlier_n', 'earlier_numerator'),
            ('later_d', 'denominator'), ('earlier_d', 'earlier_denominator')
        ] %}
        -- NULL where there is nothing to add up to: sums have no denominators.
        coalesce(
            abs(sum(paired.{{ part }}) over dimension - compared.{{ whole }})
            <= {{ rounding }} * greatest(sum(abs(paired.{{ part }})) over dimension, abs(compared.{{ whole }})),
            compared.{{ whole }} is null
        ) as {{ part }}_adds_up{{ ',' if not loop.last }}
        {%- endfor %}
    from paired
    inner join compared
        on
            paired.kpi = compared.kpi
            and paired.grain = compared.grain
            and paired.period_start = compared.period_start
    window dimension as (partition by paired.kpi, paired.grain, paired.period_start, paired.segment_type)

),

with_effects as (

    select
        *,
        (earlier_share + later_share) / 2 * (later_rate - earlier_rate) as of_rate,
        (earlier_rate / 2 + later_rate / 2 - middle) * (later_share - earlier_share) as of_mix,
        later_n - earlier_n as of_itself
    from with_shares
    where are_known and later_n_adds_up and earlier_n_adds_up and later_d_adds_up and earlier_d_adds_up

),

with_splits as (

    select
        *,
        bool_and(
            {{ finite('case when is_ratio then of_rate + of_mix else of_itself end') }} is not null
        ) over (partition by kpi, grain, period_start, segment_type) as is_split
    from with_effects

),

effects as (

    select
        kpi,
        grain,
        period_start,
        segment_type,
        segment,
        change,
        {{ unnest_structs(struct_list([
            {
                'kind': "'rate'", 'effect': 'of_rate', 'earlier': 'earlier_rate', 'later': 'later_rate',
                'sample_size': 'least(earlier_sample, later_sample)', 'is_of_kind': 'is_ratio and is_in_both'
            },
            {
                'kind': "'mix'", 'effect': 'of_mix', 'earlier': 'earlier_share', 'later': 'later_share',
                'sample_size': 'greatest(earlier_sample, later_sample)', 'is_of_kind': 'is_ratio'
            },
            {
                'kind': "'contribution'", 'effect': 'of_itself', 'earlier': 'earlier_n', 'later': 'later_n',
                'sample_size': 'greatest(earlier_sample, later_sample)', 'is_of_kind': 'not is_ratio'
            }
        ])) }}
    from with_splits
    where is_split

)

select
    kpi,
    grain,
    period_start,
    segment_type,
    segment,
    kind,
    'previous' as comparison,
    effect,
    change,
    {{ finite('effect / nullif(change, 0)') }} as share_of_change,
    earlier,
    later,
    cast(sample_size as bigint) as sample_size
from effects
where is_of_kind
