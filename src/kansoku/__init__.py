"""kansoku designs Space Situational Awareness sensor networks.

Importing kansoku loads neither CuPy nor Pyomo; each stage imports what it needs when it runs.
"""

__version__ = "0.1.0"
