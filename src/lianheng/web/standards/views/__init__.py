"""HTTP of this room: `browse` reads, `versions` and `excel` change, `documents` files what standards rest on."""
