"""Words of the map."""

from common.web.languages import N_

# How dark a village is drawn: words for steps 0 to 5 of `common.shares.step_of`.
LEGEND = (
    (0, N_("tidak ada hak")),
    (1, N_("belum ada yang mengambil")),
    (2, N_("kurang dari separuh")),
    (3, N_("separuh sampai 89%%")),
    (4, N_("90%% atau lebih")),
    (5, N_("semua sudah")),
)
