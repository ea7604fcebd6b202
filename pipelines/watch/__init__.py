"""The watch: rules evaluated on readings of KPIs. Pure: no I/O, no clock; of the other packages it imports `kpis`."""
