-- depends_on: {{ ref('fct_ticket') }}

{{ roll_up('tickets') }}
