"""Who may watch: sites, sensors, partners and arrangements become contributors."""
