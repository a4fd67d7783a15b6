"""关系图: kin, roles, holdings, shared telephones, accounts and addresses; chains with a reason for every step."""

from lianheng.engine.redflags.relations.graph import HUBS, Graph, Holding, Hub, Tie
from lianheng.engine.redflags.relations.words import tell_chain, tell_hub, tell_tie

__all__ = ["HUBS", "Graph", "Holding", "Hub", "Tie", "tell_chain", "tell_hub", "tell_tie"]
