with

definitions as (

    select * from {{ ref('int_kpi_definitions') }}

)

select
    kpi,
    label_en,
    label_fr,
    family,
    description,
    formula,
    unit,
    direction,
    source,
    maturity_days,
    is_additive
from definitions
