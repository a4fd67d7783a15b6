"""Synthetic registers with planted truth. Each module makes the registers of some models from the description of the
model, not from its query; it shares no code with a query. `GENERATORS` of a module names its functions by model.
"""
