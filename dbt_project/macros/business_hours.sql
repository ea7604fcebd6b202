{#
    A moment on a scale on which those of one calendar follow on those of the one before it: microseconds since 1970, and
    10^16 more for each calendar. An as-of join by this number alone is several times as fast as one by calendar and moment:
    engines divide the work by key, and one calendar is often that of nearly all tickets. A moment before the first row of a
    calendar meets the last row of the one before, which says that nothing is known.
#}
{% macro calendar_position(calendar_number, moment) -%}
    ({{ calendar_number }} * 10000000000000000 + {{ epoch_microseconds(moment) }})
{%- endmacro %}


{#
    The microseconds in which a calendar was open until a moment, since the first moment that is known; NULL where it is not
    known. `hours` is the row of `control.business_hours` that is in effect at the moment, the last one that is not after it.
#}
{% macro business_microseconds_until(moment, hours) -%}
    (
        {{ hours }}.seconds_before * 1000000
        + least(
            {{ epoch_microseconds(moment) }},
            {{ epoch_microseconds(hours ~ '.closes_at') }}
        )
        - {{ epoch_microseconds(hours ~ '.opens_at') }}
    )
{%- endmacro %}


{#
    Exact business seconds between two moments, to the microsecond; NULL where the second is before the first. `earlier_hours`
    and `later_hours` are the rows of `control.business_hours` in effect at each.
#}
{% macro business_seconds_between(earlier, earlier_hours, later, later_hours) -%}
    case
        when {{ later }} >= {{ earlier }}
            then cast(
                cast(
                    {{ business_microseconds_until(later, later_hours) }}
                    - {{ business_microseconds_until(earlier, earlier_hours) }}
                    as decimal(18, 0)
                ) * 0.000001 as decimal(18, 6)
            )
    end
{%- endmacro %}
