// A module that is linked into ProcessFixture and that no code of it mentions.

import Nightjar

@Job func errand(number: Int) {}
