with

spend as (

    select * from {{ ref('canonical__spend') }}
    where date <= {{ as_of_day() }}

)

select
    spend.source,
    spend.date as spent_on,
    spend.category,
    nullif(trim(spend.channel), '') as channel,
    {{ known_campaign_id('spend') }} as campaign_id,
    {{ in_company_currency('spend.amount', currency='spend.currency') }} as amount,
    spend.amount as original_amount,
    coalesce(upper(trim(spend.currency)), company.currency) as original_currency
from spend
{{ join_campaign_id('spend') }}
{{ join_fx_rate('spend', 'currency', 'date') }}
