select * from orders where day <= $as_of
-- ```
-- </details>
-- ````` @team #1 <script>alert(1)</script>
-- ‮ reversed [31m red
