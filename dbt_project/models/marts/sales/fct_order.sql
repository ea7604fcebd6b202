with

orders as (

    select
        *,
        cast(ordered_at as date) as ordered_on,
        {{ is_provided('country') }} as is_country_provided
    from {{ ref('canonical__order') }}

),

invalid_statuses as (

    -- With or without accents: annulée and annulee are one status.
    select distinct {{ without_accents(normalised_word('value')) }} as status
    from {{ kpi_parameter('revenue', 'excluded_statuses') }} as excluded_statuses

)

select
    orders.source || ':' || orders.order_id as order_key,
    orders.source,
    orders.order_id,
    person_by_id.customer_id,
    orders.ordered_at,
    orders.ordered_on,
    {{ in_company_currency('orders.amount', currency='orders.currency') }} as amount,
    {{ in_company_currency('orders.margin', currency='orders.currency') }} as margin,
    orders.amount as original_amount,
    coalesce(upper(trim(orders.currency)), company.currency) as original_currency,
    {{ company_currency_rate(currency='orders.currency') }} as fx_rate,
    orders.status,
    coalesce(invalid_statuses.status is null, true) as is_valid,
    orders.amount < 0 as is_refund,
    orders.channel,
    orders.order_type,
    {{ known_campaign_id('orders') }} as campaign_id,
    case when orders.is_country_provided then orders.country else customers.country end as country,
    customers.customer_segment
from orders
{{ join_customer('orders') }}
{{ join_campaign_id('orders') }}
left join {{ ref('int_customers') }} as customers on person_by_id.customer_id = customers.customer_id
left join invalid_statuses on {{ without_accents(normalised_word('orders.status')) }} = invalid_statuses.status
{{ join_fx_rate('orders', 'currency', 'ordered_on') }}
