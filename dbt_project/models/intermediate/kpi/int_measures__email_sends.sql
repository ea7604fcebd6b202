-- depends_on: {{ ref('fct_email_send') }}

{{ roll_up('email_sends') }}
