with

deals as (

    select
        *,
        cast({{ known('closed_at') }} as date) as closed_on,
        cast(coalesce({{ known('closed_at') }}, created_at) as date) as valued_on,
        -- A source without a date of creation of its own has that of the closing in its place.
        coalesce(bool_or(created_at != closed_at) over (partition by source), false) as is_creation_known
    from {{ ref('canonical__deal') }}

)

select
    deals.source || ':' || deals.deal_id as deal_key,
    deals.source,
    deals.deal_id,
    person_by_id.customer_id,
    deals.created_at,
    -- Sums of decimals are exact, in whatever order.
    case
        when deals.is_creation_known and deals.is_won
            then cast({{ seconds_between('deals.created_at', known('deals.closed_at')) }} / 86400 as decimal(18, 9))
    end as cycle_days,
    cast(deals.created_at as date) as created_on,
    case when deals.is_won is not null then {{ known('deals.closed_at') }} end as closed_at,
    case when deals.is_won is not null then deals.closed_on end as closed_on,
    -- An open deal may have the day on which it is expected to close.
    case when deals.closed_on is not null then deals.is_won end as is_won,
    {{ in_company_currency('deals.amount', currency='deals.currency') }} as amount,
    deals.amount as original_amount,
    coalesce(upper(trim(deals.currency)), company.currency) as original_currency,
    deals.deal_type,
    coalesce(agent_ids.agent_id, deals.owner_id) as owner_id,
    {{ known_campaign_id('deals') }} as campaign_id,
    customers.country,
    customers.customer_segment
from deals
{{ join_customer('deals') }}
{{ join_campaign_id('deals') }}
{{ join_agent_id('deals', id='owner_id') }}
left join {{ ref('int_customers') }} as customers on person_by_id.customer_id = customers.customer_id
{{ join_fx_rate('deals', 'currency', 'valued_on') }}
