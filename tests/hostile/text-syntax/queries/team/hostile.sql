select from where `|` <img src=x> @team
::error::owned
</details>
