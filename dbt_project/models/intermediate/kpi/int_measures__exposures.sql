-- depends_on: {{ ref('fct_exposure') }}

{{ roll_up('exposures') }}
