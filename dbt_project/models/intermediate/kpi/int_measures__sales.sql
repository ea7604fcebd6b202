-- depends_on: {{ ref('fct_sale') }}

{{ roll_up('sales') }}
