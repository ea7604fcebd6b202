-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('web_stat', key=['date', 'channel']) }}") }}
{{ latest_version(
    'web_stat',
    columns=['date', 'channel', 'sessions', 'visitors', 'conversions', 'revenue'],
    key=['date', 'channel'],
    required=['date'],
    lowest={'sessions': 0, 'visitors': 0, 'conversions': 0}
) }}
