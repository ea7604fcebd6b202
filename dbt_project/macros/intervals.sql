{#
    95 % confidence intervals. Methods: Wilson's score interval for proportions (Wilson 1927); for the difference of two
    shares of one sample Newcombe's combination of the two Wilson intervals with their correlation (Newcombe 1998, method
    10; Zou and Donner 2008); for means Student's, on the logarithmic scale where quantities cannot be negative (the delta
    method: the standard error of the logarithm of a mean is the mean's own, divided by the mean).
#}

{% macro z95() -%} 1.959963984540054 {%- endmacro %}


{#
    One bound (sign - or +) of Wilson's interval of `successes` in `trials`. Rounding must not move it beyond the share
    itself nor, where the share is 0 or 1, beyond the ends of the scale.
#}
{% macro wilson_bound(successes, trials, sign) -%}
    case
        when {{ successes }} = {{ '0' if sign == '-' else trials }} then {{ '0' if sign == '-' else '1' }}
        else {{ 'least' if sign == '-' else 'greatest' }}(({{ successes }}) / ({{ trials }}), (
            ({{ successes }}) / ({{ trials }}) + {{ z95() }} * {{ z95() }} / (2 * ({{ trials }}))
            {{ sign }} {{ z95() }} * sqrt(
                greatest(({{ successes }}) / ({{ trials }}) * (1 - ({{ successes }}) / ({{ trials }})), 0) / ({{ trials }})
                + {{ z95() }} * {{ z95() }} / (4 * ({{ trials }}) * ({{ trials }}))
            )
        ) / (1 + {{ z95() }} * {{ z95() }} / ({{ trials }})))
    end
{%- endmacro %}


{#
    One bound of the interval of a net score, 100 times the share of `promoters` less that of `detractors`. Two shares of
    one sample are correlated.
#}
{% macro net_score_bound(promoters, detractors, total, sign) -%}
    {%- set away = wilson_bound(promoters, total, sign) ~ ' - ' ~ promoters ~ ' / ' ~ total -%}
    {%- set back = wilson_bound(detractors, total, '+' if sign == '-' else '-') ~ ' - ' ~ detractors ~ ' / ' ~ total -%}
    100 * (
        ({{ promoters }} - {{ detractors }}) / {{ total }} {{ sign }} sqrt(greatest(
            pow({{ away }}, 2) + pow({{ back }}, 2) + 2 * ({{ away }}) * ({{ back }}) * case
                when {{ promoters }} in (0, {{ total }}) or {{ detractors }} in (0, {{ total }}) then 0
                else -sqrt(
                    {{ promoters }} * {{ detractors }}
                    / (({{ total }} - {{ promoters }}) * ({{ total }} - {{ detractors }}))
                )
            end,
            0
        ))
    )
{%- endmacro %}


{#
    The 97.5 % quantile of Student's distribution. Exact for 1 and 2 degrees of freedom; from a table for 3 and 4; beyond
    these the expansion around the normal quantile (Abramowitz and Stegun 26.7.5), exact to 0.1 % from 5 degrees on.
#}
{% macro student_quantile(degrees) -%}
    {%- set z = 1.959963984540054 -%}
    {%- set first = (z ** 3 + z) / 4 -%}
    {%- set second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96 -%}
    {%- set third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384 -%}
    {%- set fourth = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160 -%}
    case
        when {{ degrees }} < 1 then null
        when {{ degrees }} = 1 then 12.706204736432095
        when {{ degrees }} = 2 then 4.302652729911275
        when {{ degrees }} = 3 then 3.182446305284263
        when {{ degrees }} = 4 then 2.7764451051977987
        else
            {{ z }} + {{ first }} / ({{ degrees }}) + {{ second }} / pow({{ degrees }}, 2)
            + {{ third }} / pow({{ degrees }}, 3) + {{ fourth }} / pow({{ degrees }}, 4)
    end
{%- endmacro %}


{#
    The sums that the squared deviations of a measure follow from, as columns that can be added up: of the values and of
    their squares, both in millionths as integers, of the number of values, and whether all of them fit. Sums of integers
    are exact: equal values have no deviation, whatever the order of addition. Values of 10^9 and more do not fit.
#}
{% macro spread_sums(name, expression) %}
    {%- set number = 'cast(' ~ expression ~ ' as double)' -%}
    {%- set millionths = wide_integer('case when abs(' ~ number ~ ') < 1e9 then round(' ~ number ~ ' * 1e6) end') %}
        sum({{ millionths }}) as {{ name }}_millionths,
        sum({{ millionths }} * {{ millionths }}) as {{ name }}_squares,
        count({{ expression }}) as {{ name }}_count,
        coalesce(max(abs({{ number }})) < 1e9, true) as {{ name }}_fits,
{%- endmacro %}


{#
    The sum of the squared deviations of a measure's values from their mean: exact integers around a number near the mean,
    less what that number is off. NULL if a value does not fit.
#}
{% macro squared_deviations(name) -%}
    {%- set centre = wide_integer('round(cast(' ~ name ~ '_millionths as double) / nullif(' ~ name ~ '_count, 0))') -%}
    case
        when {{ name }}_fits then
            (
                cast(
                    {{ name }}_squares - 2 * {{ name }}_millionths * {{ centre }}
                    + {{ name }}_count * {{ centre }} * {{ centre }} as double
                )
                - pow(cast({{ name }}_millionths - {{ name }}_count * {{ centre }} as double), 2)
                / nullif({{ name }}_count, 0)
            ) / 1e12
    end
{%- endmacro %}
