"""What other agencies know about a family: its DTSEN decile and the aid it is on already."""

from population.people import Family
from population.randomness import Dice, Weighted

# Deciles rank the whole nation; a list made of the old poor list leans to the lower ones.
DECILE = Weighted(
    {1: 0.22, 2: 0.19, 3: 0.16, 4: 0.13, 5: 0.1, 6: 0.08, 7: 0.05, 8: 0.04, 9: 0.02, 10: 0.01}
)
# Shares by decile. PKH takes deciles 1-4, Sembako 1-5; the village fund's aid (BLT-DD) goes to
# the poorest who have neither, and a kelurahan has no village fund. All are estimates.
PKH = {1: 0.26, 2: 0.2, 3: 0.09, 4: 0.04}
SEMBAKO = {1: 0.22, 2: 0.17, 3: 0.1, 4: 0.06, 5: 0.03}
SEMBAKO_WITH_PKH = 0.88
BLT_DD = {1: 0.1, 2: 0.08, 3: 0.03}
BLT_DD_BESIDE_OTHER_AID = 0.12  # Not allowed, and found.
PROGRAMMES = ("pkh", "sembako", "blt_dd")


def learn(family: Family, dice: Dice, has_village_fund: bool, missing: float) -> None:
    """Write a family's decile and programmes; a decile can be missing while aid is not."""
    decile = dice.draw(DECILE)
    programmes = []
    if dice.chance(PKH.get(decile, 0.0)):
        programmes.append("pkh")
    if dice.chance(SEMBAKO_WITH_PKH if programmes else SEMBAKO.get(decile, 0.0)):
        programmes.append("sembako")
    village_fund = BLT_DD.get(decile, 0.0) * (BLT_DD_BESIDE_OTHER_AID if programmes else 1)
    if has_village_fund and dice.chance(village_fund):
        programmes.append("blt_dd")
    family.programmes = tuple(programmes)
    family.decile = None if dice.chance(missing) else decile
