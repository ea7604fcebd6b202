-- depends_on: {{ ref('fct_interaction') }}

{{ roll_up('interactions') }}
