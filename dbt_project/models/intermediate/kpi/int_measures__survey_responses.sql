-- depends_on: {{ ref('fct_survey_response') }}

{{ roll_up('survey_responses') }}
