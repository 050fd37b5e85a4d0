select unnest(['NaN'::double, 'Infinity', '-Infinity', -0.0, 1.5, null]) as x
