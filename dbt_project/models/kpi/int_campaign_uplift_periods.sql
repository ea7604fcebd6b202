{#
    What campaigns added to the conversions of those that they were shown to, by period and segment, with 95 % intervals.

    People are compared with the control group of their own campaign and period. What counts several campaigns, the whole or
    an arm of several, is the mean of their differences, weighted by the people treated: adding up treated people and
    control groups of different campaigns would compare campaigns with one another (Simpson's paradox). A group of fewer
    than `min_group` people is compared with nothing.

    A difference has Newcombe's hybrid score interval for independent samples (1998, method 10); the weighted mean combines
    those of its campaigns (Zou and Donner 2008), and of one campaign it has the same.
#}
with

exposures as (

    select
        *,
        coalesce(customer_id, exposure_key) as person
    from {{ ref('fct_exposure') }}
    where is_converted is not null

),

-- Somebody known by two ids who was assigned twice is one person, in the arm that came first.
assigned as (

    select
        campaign_id,
        arm,
        exposed_on,
        bool_or(is_converted) over (partition by campaign_id, person) as is_converted,
        row_number() over (partition by campaign_id, person order by exposed_at, exposure_key) as assignment
    from exposures

),

daily as (

    select
        campaign_id,
        arm,
        exposed_on,
        count(*) as people,
        sum(case when is_converted then 1 else 0 end) as converted
    from assigned
    where assignment = 1
    group by campaign_id, arm, exposed_on

),

grains as (

    {{ grain_rows() }}

),

arms as (

    select
        grains.grain,
        {{ period_start('grains.grain', 'daily.exposed_on') }} as period_start,
        daily.campaign_id,
        daily.arm,
        sum(daily.people) as people,
        sum(daily.converted) as converted
    from daily
    cross join grains
    group by grains.grain, {{ period_start('grains.grain', 'daily.exposed_on') }}, daily.campaign_id, daily.arm

),

controls as (

    select * from arms
    where arm = 'control'

),

segmented as (

    select
        grain,
        period_start,
        campaign_id,
        people,
        converted,
        {{ unnest_structs(struct_list([
            {'segment_type': "'all'", 'segment': "'all'"},
            {'segment_type': "'campaign'", 'segment': segment_value('campaign_id')},
            {'segment_type': "'arm'", 'segment': segment_value('arm')}
        ])) }}
    from arms
    where arm != 'control'

),

treated as (

    select
        grain,
        period_start,
        segment_type,
        segment,
        campaign_id,
        sum(people) as people,
        sum(converted) as converted
    from segmented
    group by grain, period_start, segment_type, segment, campaign_id

),

compared as (

    select
        treated.grain,
        treated.period_start,
        treated.segment_type,
        treated.segment,
        cast(treated.people as double) as treated_people,
        cast(treated.converted as double) as treated_converted,
        cast(controls.people as double) as control_people,
        cast(controls.converted as double) as control_converted
    from treated
    inner join controls
        on
            treated.grain = controls.grain
            and treated.period_start = controls.period_start
            and treated.campaign_id = controls.campaign_id
    where
        least(treated.people, controls.people)
        >= (select value from {{ kpi_parameter('campaign_uplift', 'min_group', 'integer') }})

),

differences as (

    select
        *,
        treated_converted / treated_people - control_converted / control_people as difference,
        {%- for side, sign, other in [('below', '-', '+'), ('above', '+', '-')] %}
        pow(treated_converted / treated_people - {{ wilson_bound('treated_converted', 'treated_people', sign) }}, 2)
        + pow(control_converted / control_people - {{ wilson_bound('control_converted', 'control_people', other) }}, 2)
            as squared_{{ side }}{{ ',' if not loop.last }}
        {%- endfor %}
    from compared

),

combined as (

    select
        grain,
        period_start,
        segment_type,
        segment,
        sum(treated_people * difference) as additional_conversions,
        sum(treated_people) as treated_people,
        sum(treated_people + control_people) as compared_people,
        sqrt(sum(treated_people * treated_people * squared_below)) / sum(treated_people) as below,
        sqrt(sum(treated_people * treated_people * squared_above)) / sum(treated_people) as above
    from differences
    group by grain, period_start, segment_type, segment

)

select
    grain,
    period_start,
    segment_type,
    segment,
    additional_conversions,
    treated_people,
    compared_people,
    additional_conversions / treated_people - below as lowest_uplift,
    additional_conversions / treated_people + above as highest_uplift
from combined
