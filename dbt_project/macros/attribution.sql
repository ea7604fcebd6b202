{#
    In the attribution model `position`, the share of a sale that is credited to the first `place` of `touches` touchpoints:
    40 % to the first, 40 % to the last and 20 % to those between them; of two, a half each.
#}
{% macro position_share_until(place, touches) -%}
    case
        when {{ place }} = 0 then cast(0 as double)
        when {{ place }} = {{ touches }} then cast(1 as double)
        when {{ touches }} = 2 then cast(0.5 as double)
        else cast(0.4 as double) + cast(0.2 as double) * ({{ place }} - 1) / ({{ touches }} - 2)
    end
{%- endmacro %}
