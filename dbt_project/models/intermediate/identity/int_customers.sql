with

mentions as (

    select
        *,
        coalesce('id:' || id_space || ':' || source_customer_id, 'email:' || email) as node
    from {{ ref('int_customer_mentions') }}

),

identities as (

    select * from {{ ref('int_customer_identities') }}

),

records as (

    select * from {{ ref('int_customer_records') }}

),

-- A person's id is that of the oldest record that was not merged into another; without records that of a mention.
candidates as (

    select
        person,
        source,
        customer_id,
        is_survivor,
        true as is_record,
        created_at
    from records

    union all

    select
        identities.person,
        mentions.source,
        coalesce(mentions.source_customer_id, md5(mentions.email)) as customer_id,
        true as is_survivor,
        false as is_record,
        cast(null as {{ moment_type() }}) as created_at
    from mentions
    inner join identities on mentions.node = identities.node
    where not mentions.is_record

),

ranked_candidates as (

    select
        person,
        source,
        customer_id,
        row_number() over (
            partition by person
            order by
                is_record desc, is_survivor desc,
                created_at asc nulls last,
                source asc, customer_id asc
        ) as preference
    from candidates

),

chosen as (

    select
        person,
        customer_id,
        source || ':' || customer_id as qualified_id,
        count(*) over (partition by customer_id) as people_with_id
    from ranked_candidates
    where preference = 1

),

-- An id that several people have is qualified by its source. So is one that reads like the qualified id of somebody else.
public_ids as (

    select
        chosen.person,
        case
            when chosen.people_with_id = 1 and qualified.qualified_id is null then chosen.customer_id
            else chosen.qualified_id
        end as customer_id
    from chosen
    left join chosen as qualified on chosen.customer_id = qualified.qualified_id

),

ranked_records as (

    select
        *,
        row_number() over (
            partition by person
            order by
                is_survivor desc,
                updated_at desc nulls last, created_at desc nulls last,
                source asc, customer_id asc
        ) as recency
    from records

),

-- Each attribute is that of the most recently updated record that has it. A record that was merged into another has a say
-- only where no other does.
attributes as (

    select
        person,
        {%- for column in ['name', 'country', 'segment', 'acquisition_channel', 'owner_agent_id'] %}
        min_by({{ column }}, recency) filter (where {{ column }} is not null) as {{ column }},
        {%- endfor %}
        min_by(normal_email, recency) filter (where normal_email is not null) as email,
        min_by(id_space || ':' || referred_by, recency) filter (where referred_by is not null) as referred_by,
        min(created_at) as created_at,
        bool_or(is_lifecycle_maintained) as is_lifecycle_maintained,
        count(*) as record_count
    from ranked_records
    group by person

),

life_cycle as (

    select
        person,
        min(occurred_at) filter (where event = 'became_customer') as became_customer_at,
        max(occurred_at) filter (where event = 'became_customer') as last_became_customer_at,
        max(occurred_at) filter (where event = 'churned') as churned_at
    from {{ ref('int_customer_life_cycle') }}
    group by person

)

select
    public_ids.person,
    public_ids.customer_id,
    attributes.name,
    attributes.email,
    attributes.country,
    attributes.segment as customer_segment,
    attributes.acquisition_channel,
    attributes.owner_agent_id as owner_id,
    referrers.person as referrer_person,
    attributes.created_at,
    life_cycle.became_customer_at,
    -- Whoever became a customer again has not left.
    case
        when coalesce(life_cycle.churned_at >= life_cycle.last_became_customer_at, true) then life_cycle.churned_at
    end as churned_at,
    coalesce(attributes.is_lifecycle_maintained, false) as is_lifecycle_maintained,
    coalesce(attributes.record_count, 0) as record_count
from public_ids
left join attributes on public_ids.person = attributes.person
left join life_cycle on public_ids.person = life_cycle.person
left join identities as referrers on referrers.node = 'id:' || attributes.referred_by
