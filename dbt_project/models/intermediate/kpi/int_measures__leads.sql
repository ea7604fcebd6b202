-- depends_on: {{ ref('fct_lead') }}

{{ roll_up('leads') }}
