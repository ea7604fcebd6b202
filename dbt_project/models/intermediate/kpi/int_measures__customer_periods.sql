-- depends_on: {{ ref('int_customer_periods') }}

{{ roll_up('customer_periods') }}
