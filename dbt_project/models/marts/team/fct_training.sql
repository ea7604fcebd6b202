{#
    The trainings of agents with the satisfaction of their customers before and after, one row per agent and day: two courses
    of a day have one effect. The day itself is the first of the 28 days after.
#}
with

trainings as (

    select distinct
        agent_ids.agent_id,
        cast(trainings.completed_at as date) as completed_on
    from {{ ref('canonical__training') }} as trainings
    {{ join_agent_id('trainings') }}
    where trainings.completed_at <= {{ as_of() }}

),

answers as (

    select
        agent_id,
        answered_on,
        cast(is_satisfied as integer) as positive
    from {{ ref('fct_survey_response') }}
    where kind = 'csat' and agent_id is not null and is_satisfied is not null

),

compared as (

    select
        trainings.agent_id,
        trainings.completed_on,
        count(case when answers.answered_on < trainings.completed_on then answers.positive end) as answers_before,
        sum(case when answers.answered_on < trainings.completed_on then answers.positive end) as positive_before,
        count(case when answers.answered_on >= trainings.completed_on then answers.positive end) as answers_after,
        sum(case when answers.answered_on >= trainings.completed_on then answers.positive end) as positive_after
    from trainings
    left join answers
        on
            trainings.agent_id = answers.agent_id
            and answers.answered_on >= {{ add_days('trainings.completed_on', '-28') }}
            and answers.answered_on < {{ add_days('trainings.completed_on', '28') }}
    group by trainings.agent_id, trainings.completed_on

)

select
    compared.agent_id || ':' || cast(compared.completed_on as string) as training_key,
    compared.completed_on,
    compared.agent_id,
    agents.team,
    compared.answers_before,
    compared.answers_after,
    -- Without an answer on a side there is nothing to compare. Sums of decimals are exact, in whatever order.
    cast(
        cast(compared.positive_after as double) / nullif(compared.answers_after, 0)
        - cast(compared.positive_before as double) / nullif(compared.answers_before, 0) as decimal(18, 9)
    ) as csat_change
from compared
left join {{ ref('dim_agent') }} as agents on compared.agent_id = agents.agent_id
