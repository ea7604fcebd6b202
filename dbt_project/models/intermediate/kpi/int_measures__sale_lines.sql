-- depends_on: {{ ref('fct_sale_line') }}

{{ roll_up('sale_lines') }}
