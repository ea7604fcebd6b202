{# Sales that no KPI has in full: the currency of the amount has no rate on or before the day. #}
with

sales as (

    select
        'order' as entity,
        source,
        original_currency,
        original_amount,
        ordered_on as sold_on
    from {{ ref('fct_order') }}
    where
        is_valid and amount is null and original_amount is not null and original_amount <> 0
        and exists (select 1 from {{ ref('fct_sale') }} where kind = 'order')

    union all

    select
        'deal' as entity,
        source,
        original_currency,
        original_amount,
        closed_on as sold_on
    from {{ ref('fct_deal') }}
    where
        is_won and amount is null and original_amount is not null and original_amount <> 0
        and exists (select 1 from {{ ref('fct_sale') }} where kind = 'deal')

)

select
    entity,
    source,
    original_currency,
    sold_on,
    count(*) as sales,
    cast(sum(original_amount) as decimal(38, 6)) as original_amount
from sales
group by entity, source, original_currency, sold_on
