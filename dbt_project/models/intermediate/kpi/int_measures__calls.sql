-- depends_on: {{ ref('fct_call') }}

{{ roll_up('calls') }}
