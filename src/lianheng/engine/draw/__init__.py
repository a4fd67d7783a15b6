"""Random draws that anybody can repeat: tickets, plans, commit and reveal, bundles.

The public interface::

    Plan, Candidate, Skip, Pair, Commitment      the plan, published before the draw
    make_commitment, reveal_code, check_code     what each party does
    run_draw, extend_draw, verify_bundle         the draw; Bundle, Drawn, Entry are what comes out
    sample_tickets, first_ticket, next_ticket    the bare method of consistent sampling
    DrawError, CodeRefused, BundleRefused        what is refused, and why
"""

from .bundle import Bundle, Drawn, extend_draw, run_draw
from .commit_reveal import canonical_value, check_code, combine_seed, make_commitment, reveal_code, vrs_position
from .errors import BundleRefused, CodeRefused, DrawError
from .plan import Candidate, Commitment, Pair, Plan, Skip
from .tickets import Ticket, first_ticket, next_ticket, sample_tickets
from .verification import verify_bundle
from .walk import Entry

__all__ = [
    "Bundle",
    "BundleRefused",
    "Candidate",
    "CodeRefused",
    "Commitment",
    "DrawError",
    "Drawn",
    "Entry",
    "Pair",
    "Plan",
    "Skip",
    "Ticket",
    "canonical_value",
    "check_code",
    "combine_seed",
    "extend_draw",
    "first_ticket",
    "make_commitment",
    "next_ticket",
    "reveal_code",
    "run_draw",
    "sample_tickets",
    "verify_bundle",
    "vrs_position",
]
