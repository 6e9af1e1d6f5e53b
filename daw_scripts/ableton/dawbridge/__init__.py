"""dawbridge in Ableton Live: a control surface that puts what dawbridge hears into the Set.

Live imports this package from the folder Remote Scripts. It is plain Python 3.7 with the standard
library alone, for that is what Live 11.3 to 12.0 bring.
"""

from .script import Script


def create_instance(c_instance):
    """What Live calls to begin."""
    import Live

    return Script(c_instance, Live)


def get_capabilities():
    """What Live asks before it begins: no controller of its own, so nothing is found by itself."""
    return {}
