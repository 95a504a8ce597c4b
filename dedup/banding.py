"""How many bands of how many slots find the pairs above a threshold."""

import math

SLOTS = 128


def chance(jaccard: float, *, bands: int, rows: int) -> float:
    """Return how likely two texts of this similarity are to agree in a whole band of `rows` slots.

    References: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets (3rd ed.), section 3.4.2.
    """
    return float(1 - (1 - jaccard**rows) ** bands)


def bands_for(threshold: float, *, recall: float = 0.94, slots: int = SLOTS) -> tuple[int, int]:
    """Return (bands, rows of a band): the longest bands that find the share `recall` of pairs at the threshold.

    Pairs above the threshold are found more often: at .8, 16 bands of 8 find .947 of pairs with similarity .8 and
    .9999 of those with .9. Longer bands make fewer pairs to look at, hence the longest that will do.
    """
    for rows in range(slots, 0, -1):
        if chance(threshold, bands=slots // rows, rows=rows) >= recall:
            return slots // rows, rows
    raise ValueError(f"no {slots} slots find {recall} of pairs with similarity {threshold}")


def sketch_limits(threshold: float, *, slots: int = SLOTS) -> tuple[int, int]:
    """Return how many of the two-bit slots must agree to look at a pair at all, and to be nearly sure of it.

    Two unlike slots agree in their two bits in one case of four. The limits lie three standard deviations of
    the estimate below and above the threshold; between and above them the texts decide.
    """

    def agreeing(jaccard: float) -> float:
        return 0.25 + 0.75 * jaccard

    def margin(jaccard: float) -> float:
        share = agreeing(jaccard)
        return 3 * math.sqrt(share * (1 - share) / slots) / 0.75

    least = agreeing(max(0.0, threshold - margin(threshold)))
    return math.ceil(least * slots), math.ceil(agreeing(min(1.0, threshold + margin(threshold))) * slots)
