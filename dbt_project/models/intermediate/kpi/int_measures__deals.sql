-- depends_on: {{ ref('fct_deal') }}

{{ roll_up('deals') }}
