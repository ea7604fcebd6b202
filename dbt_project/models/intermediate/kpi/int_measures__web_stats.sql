-- depends_on: {{ ref('fct_web_stat') }}

{{ roll_up('web_stats') }}
