"""From plain values to Plotly figures, for a dark page and a light paper alike. No I/O."""
