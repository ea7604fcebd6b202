{#
    The employees who answered in each period, and those of them whose latest answer is satisfied, as a whole and by team. An
    answer without an agent is that of an employee who is not known, one each.
#}
with

answers as (

    select
        response_key,
        answered_at,
        answered_on,
        is_satisfied,
        coalesce('agent:' || agent_id, 'answer:' || response_key) as employee,
        {{ segment_value('team') }} as team
    from {{ ref('fct_survey_response') }}
    where kind = 'employee' and is_satisfied is not null

),

grains as (

    {{ grain_rows() }}

),

dated as (

    select
        grains.grain,
        {{ period_start('grains.grain', 'answers.answered_on') }} as period_start,
        answers.*
    from answers
    cross join grains

),

ranked as (

    select
        *,
        row_number() over (
            partition by grain, period_start, employee order by answered_at desc, response_key desc
        ) as recency
    from dated

),

segmented as (

    select
        {{ unnest_structs(struct_list([
            {'segment_type': "'all'", 'segment': "'all'"},
            {'segment_type': "'team'", 'segment': 'team'}
        ])) }},
        grain,
        period_start,
        is_satisfied
    from ranked
    where recency = 1

)

select
    grain,
    period_start,
    segment_type,
    segment,
    count(*) as employees,
    count(*) filter (where is_satisfied) as satisfied_employees
from segmented
group by grain, period_start, segment_type, segment
