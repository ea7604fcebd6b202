{#
    An amount in the company's currency, to six decimals, exact: NULL where its currency has no rate on or before the
    day, or where the amount exceeds 10^12. Needs the joins of `join_fx_rate`.
#}
{% macro in_company_currency(amount, rate='fx_rates.rate', currency='currency') -%}
    case
        when {{ currency }} is null or {{ normalised_word(currency) }} = lower(company.currency) then {{ amount }}
        else try_cast(cast({{ amount }} as double) * {{ rate }} as decimal(18, 6))
    end
{%- endmacro %}


{# The rate that `in_company_currency` applied: 1 for the company's own currency. #}
{% macro company_currency_rate(rate='fx_rates.rate', currency='currency') -%}
    case
        when {{ currency }} is null or {{ normalised_word(currency) }} = lower(company.currency) then cast(1 as double)
        else {{ rate }}
    end
{%- endmacro %}


{# Joins the company and the exchange rate of a currency in effect on a day. #}
{% macro join_fx_rate(from, currency, day) -%}
    cross join {{ source('control', 'run') }} as company
    {{ asof_left_join(
        ref('int_fx_rates'),
        alias='fx_rates',
        equal={'upper(trim(' ~ from ~ '.' ~ currency ~ '))': 'currency'},
        moment=from ~ '.' ~ day,
        valid_from='quoted_on'
    ) }}
{%- endmacro %}
