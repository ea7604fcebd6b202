-- Random numbers without a random generator: each number is a digest of the seed, a purpose and a key. So the same seed
-- gives the same company on any machine, in any order of evaluation. The texts of the purposes must not change.

CREATE MACRO digest(purpose, key) AS md5_number_lower(concat_ws('/', seed(), purpose, key));

-- Uniform in [0, 1).
CREATE MACRO u(purpose, key) AS (digest(purpose, key) >> 11)::DOUBLE / 9007199254740992.0;

-- One of the four independent uniform numbers in a digest (part 0 to 3).
CREATE MACRO part(bits, which) AS ((bits >> (16 * which)) & 65535)::DOUBLE / 65536.0;

CREATE MACRO pick(choices, x) AS choices[1 + floor(x * len(choices))::INTEGER];

-- Exponential with mean 1, cut at its 99.5th percentile so that no single row dominates a mean.
CREATE MACRO waiting(x) AS least(-ln(1 - x), 5.3);

-- Nothing happens between two and three at night: daylight saving time repeats or skips that hour.
CREATE MACRO avoid_clock_change(t) AS CASE WHEN hour(t) = 2 THEN t + INTERVAL 2 HOUR ELSE t END;

CREATE MACRO to_utc(t) AS timezone('UTC', timezone(zone(), t));
CREATE MACRO minutes_between(a, b) AS date_diff('minute', to_utc(a), to_utc(b));

-- The same address as users of another system typed it.
CREATE MACRO retyped(address, x) AS CASE
    WHEN x < 0.03 THEN upper(address)
    WHEN x < 0.09 THEN upper(address[1]) || address[2:]
    WHEN x < 0.12 THEN ' ' || address || ' '
    ELSE address
END;
