-- Names beside which an address tells something.
SELECT name FROM host_name WHERE origin IN ('own', 'config') AND name LIKE '%.%'
